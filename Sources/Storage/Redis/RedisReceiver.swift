/// What became of a command.
package typealias RedisOutcome = Result<RedisReply, RedisError>

/// A suspended caller; whoever holds it resumes it exactly once.
@safe struct RedisWaiter {
    private let continuation: UnsafeContinuation<RedisOutcome, Never>

    /// Suspends the caller and hands its waiter to `store`, which must keep it.
    @inline(__always)
    static func suspend(_ store: (RedisWaiter) -> Void) async -> RedisOutcome {
        unsafe await withUnsafeContinuation { continuation in
            unsafe store(RedisWaiter(continuation: continuation))
        }
    }

    private init(continuation: UnsafeContinuation<RedisOutcome, Never>) {
        unsafe self.continuation = continuation
    }

    @inline(__always)
    func resume(_ outcome: RedisOutcome) { unsafe continuation.resume(returning: outcome) }
}

/// Who gets a reply: told exactly once, on the loop's thread.
enum RedisReceiver {
    case task(RedisWaiter)
    case call((RedisOutcome) -> Void)
    case nobody

    @inline(__always)
    func receive(_ outcome: RedisOutcome) {
        switch self {
        case .task(let waiter): waiter.resume(outcome)
        case .call(let call): call(outcome)
        case .nobody: break
        }
    }
}

/// Commands whose replies are to come, oldest first: a ring that grows up to a bound.
struct RedisPipeline {
    struct Entry {
        let receiver: RedisReceiver
        let byteCount: Int
        let sent: Int64
    }

    private var slots: [Entry?] = Array(repeating: nil, count: 64)
    private var head = 0
    private(set) var count = 0
    /// Bytes of all entries.
    private(set) var byteCount = 0

    /// When the oldest was sent.
    var oldest: Int64? { count == 0 ? nil : slots[head]?.sent }

    mutating func push(_ entry: Entry) {
        if count == slots.count { grow() }
        slots[(head &+ count) & (slots.count &- 1)] = entry
        count &+= 1
        byteCount &+= entry.byteCount
    }

    mutating func pop() -> RedisReceiver? {
        guard count > 0, let entry = slots[head] else { return nil }
        slots[head] = nil
        head = (head &+ 1) & (slots.count &- 1)
        count &-= 1
        byteCount &-= entry.byteCount
        return entry.receiver
    }

    private mutating func grow() {
        var larger: [Entry?] = []
        larger.reserveCapacity(slots.count * 2)
        for offset in 0..<count { larger.append(slots[(head + offset) & (slots.count - 1)]) }
        larger.append(contentsOf: repeatElement(nil, count: slots.count * 2 - count))
        slots = larger
        head = 0
    }
}
