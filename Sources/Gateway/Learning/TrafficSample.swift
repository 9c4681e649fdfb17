import GatehouseCore
import GatehouseHTTP

/// Which requests of one loop are looked at: all of the first, then fewer and fewer of those that
/// look alike.
final class TrafficSample {
    private var counts = [UInt32](repeating: 0, count: 4_096)

    /// Requests that look alike of which all are looked at.
    static let fullMax: UInt32 = 500
    /// Up to here one in 16, and one in 256 from here on.
    private static let denseMax: UInt32 = 20_000

    /// Whether a request is looked at; counts it.
    func takes(_ request: Request, _ route: Int) -> Bool {
        let slot = Self.shape(request, route) & (counts.count - 1)
        let count = counts[slot]
        counts[slot] = count == .max ? Self.denseMax : count + 1
        if count < Self.fullMax { return true }
        return count & (count < Self.denseMax ? 15 : 255) == 0
    }

    /// A hash of method and path without what looks like a value. Its key is another in each
    /// process, so that nobody can aim at the place of others.
    private static func shape(_ request: Request, _ route: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(route)
        hasher.combine(request.method)
        let head = request.head
        let path = head.bytes(head.path)
        var start = 0
        while start < path.byteCount {
            var end = start + 1
            var hasDigit = false
            while end < path.byteCount, path.byte(end) != 0x2F {
                if path.byte(end).isDigit { hasDigit = true }
                end += 1
            }
            if hasDigit {
                hasher.combine(-1)
            } else {
                for index in start..<end { hasher.combine(path.byte(index)) }
            }
            start = end
        }
        return hasher.finalize() & Int.max
    }
}
