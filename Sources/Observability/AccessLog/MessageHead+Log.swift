import GatehouseCore
import GatehouseHTTP

extension MessageHead {
    /// The bytes of a place, or nil if it is empty or its memory is gone: a log line about a
    /// message that broke off must not be what ends the process.
    @_lifetime(borrow self)
    func loggable(_ range: ByteRange) -> RawSpan? {
        guard let buffer, range.count > 0, range.start >= 0,
            Int(range.start) + Int(range.count) <= buffer.end
        else { return nil }
        return bytes(range)
    }

    /// The same as text.
    func loggableText(_ range: ByteRange) -> String? {
        guard let bytes = loggable(range) else { return nil }
        return String(lossy: bytes)
    }
}
