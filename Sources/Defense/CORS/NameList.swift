import GatehouseCore
import GatehouseHTTP

/// The allowed request headers, sorted, to check what a preflight asks for without memory.
struct NameList: Sendable {
    private let names: [[UInt8]]

    /// Most names that one preflight may ask for.
    static let requestedMax = 128

    init(_ names: [String]) {
        self.names = names.map { Array($0.lowercased().utf8) }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Whether every name between the commas of `list` is allowed, in any case; empty elements are
    /// skipped (RFC 9110 section 5.6.1.2). `count` adds up over several lines.
    func allows(_ list: RawSpan, count: inout Int) -> Bool {
        var start = 0
        while start < list.byteCount {
            var end = start
            while end < list.byteCount, list.byte(end) != UInt8(ascii: ",") { end += 1 }
            var (from, to) = (start, end)
            while from < to, list.byte(from).isBlank { from += 1 }
            while to > from, list.byte(to - 1).isBlank { to -= 1 }
            count += 1
            guard count <= Self.requestedMax else { return false }
            if to > from, !contains(list.extracting(from..<to)) { return false }
            start = end + 1
        }
        return true
    }

    /// Binary search, upper case folded on the way.
    private func contains(_ name: RawSpan) -> Bool {
        var (low, high) = (0, names.count)
        while low < high {
            let middle = (low + high) / 2
            let order = compare(name, names[middle])
            if order == 0 { return true }
            if order < 0 { high = middle } else { low = middle + 1 }
        }
        return false
    }

    private func compare(_ name: RawSpan, _ candidate: [UInt8]) -> Int {
        for index in 0..<min(name.byteCount, candidate.count) {
            let byte = name.byte(index).asciiLowercased
            if byte != candidate[index] { return byte < candidate[index] ? -1 : 1 }
        }
        return name.byteCount - candidate.count
    }
}

extension UInt8 {
    /// Space or tab.
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 }
}
