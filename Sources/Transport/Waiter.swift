/// A suspended task; whoever holds it must resume it exactly once.
///
/// The one place that touches continuations: they cost nothing and are checked by nobody, so every
/// holder takes its waiter out of its slot before resuming it.
@safe struct Waiter {
    private let continuation: UnsafeContinuation<Void, Never>

    /// Suspends the caller and hands its waiter to `store`, which must keep it.
    @inline(__always)
    static func suspend(_ store: (Waiter) -> Void) async {
        unsafe await withUnsafeContinuation { continuation in
            unsafe store(Waiter(continuation: continuation))
        }
    }

    private init(continuation: UnsafeContinuation<Void, Never>) {
        unsafe self.continuation = continuation
    }

    /// Lets the task go on; it runs in its executor's turn.
    @inline(__always)
    func resume() { unsafe continuation.resume() }
}

extension Optional where Wrapped == Waiter {
    /// Resumes the waiter that is there and empties the slot.
    @inline(__always)
    mutating func resume() {
        guard let waiter = self else { return }
        self = nil
        waiter.resume()
    }
}
