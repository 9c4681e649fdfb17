public import GatehouseCore

/// A body that arrives in pieces; the reader sets the pace, and nothing is read ahead of it.
public protocol BodySource: AnyObject {
    /// Appends the next piece to `output`'s free space, at least one byte; false at the end.
    /// - Throws: `BodyError` when the rest can't be had; the message is then broken off.
    func read(into output: Buffer) async throws(BodyError) -> Bool
    /// Whether `read` would return at once. What was written before is sent first when it would
    /// not.
    var isReady: Bool { get }
    /// Told when nobody will read the rest.
    func cancel()
    /// Ends a wait in `read` early, which then returns true without a byte: the rest may have
    /// become unwanted.
    func interrupt()
}

extension BodySource {
    /// Unknown: whatever is pending is sent before the next read.
    public var isReady: Bool { false }
    /// Nothing to let go of.
    public func cancel() {}
    /// Nothing to wake: a wait goes on to its end.
    public func interrupt() {}
}

/// Why a body broke off.
public enum BodyError: Error, Equatable, Sendable {
    /// It exceeds the limit in bytes.
    case tooLarge
    /// Its framing is broken; the parser's name for it.
    case malformed(String)
    /// The sender closed or reset the connection early.
    case disconnected
    /// It came too slowly or not at all.
    case timedOut
}

/// What a response carries after its head.
public enum ResponseBody {
    /// Nothing.
    case none
    /// Bytes that are all there.
    case bytes([UInt8])
    /// A stream of known or unknown length; unknown lengths are sent chunked.
    case stream(any BodySource, length: Int?)

    /// Length in bytes, when known.
    package var length: Int? {
        switch self {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .stream(_, let length): length
        }
    }
}
