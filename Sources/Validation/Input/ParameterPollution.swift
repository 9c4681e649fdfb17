import GatehouseCore

/// Finds parameters that say a thing twice: servers take the first, the last, a list or both
/// joined, and whoever checks takes another than whoever acts (CWE-235).
package enum ParameterPollution {
    /// The first name that repeats, in any case of its letters, or stands both alone and with
    /// brackets; nil when none does. `a[]=1&a[]=2` is a list that says so.
    package static func find(
        in fields: borrowing FormFields, allowing allowed: Set<[UInt8]> = []
    ) -> String? {
        guard fields.count > 1 else { return nil }
        for later in 1..<fields.count {
            for earlier in 0..<later where isSame(fields.name(later), fields.name(earlier)) {
                let name = base(fields.name(later)).array
                if allowed.contains(name) { continue }
                return String(decoding: name, as: UTF8.self)
            }
        }
        return nil
    }

    private static func isSame(_ one: RawSpan, _ other: RawSpan) -> Bool {
        let (first, second) = (base(one), base(other))
        guard first.byteCount == second.byteCount else { return false }
        for index in 0..<first.byteCount
        where first.byte(index).asciiLowercased != second.byte(index).asciiLowercased {
            return false
        }
        // Two with brackets are parts of one value, unless they name the same part of it.
        let isList = one.byteCount > first.byteCount && other.byteCount > second.byteCount
        return !isList || (one.equals(other) && !isOpenList(one))
    }

    /// Whether it ends with `[]`.
    private static func isOpenList(_ name: RawSpan) -> Bool {
        name.byteCount > 2 && name.byte(name.byteCount - 1) == UInt8(ascii: "]")
            && name.byte(name.byteCount - 2) == UInt8(ascii: "[")
    }

    @_lifetime(copy name)
    private static func base(_ name: RawSpan) -> RawSpan {
        var count = 0
        while count < name.byteCount, name.byte(count) != UInt8(ascii: "[") { count += 1 }
        return name.slice(ByteRange(start: 0, count: count))
    }
}
