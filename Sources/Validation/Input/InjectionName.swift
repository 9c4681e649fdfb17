import GatehouseCore

/// What a name in the input would do at a server that takes it for more than a name.
package enum InjectionName: String, Sendable, CaseIterable {
    /// `$gt`, `$where`: an operator of MongoDB where a value was expected (PITFALLS 35).
    case operatorKey = "operator"
    /// `a.b`: a path into a stored document where a member's name was expected.
    case dottedPath = "dotted-path"
    /// `__proto__`, `constructor.prototype`: changes every object of a JavaScript program.
    case prototype

    /// Looks at one member name or one part of a parameter's name.
    package static func look(_ name: RawSpan) -> InjectionName? {
        guard name.byteCount > 0 else { return nil }
        if name.byte(0) == UInt8(ascii: "$") { return .operatorKey }
        if name.byte(0) == UInt8(ascii: "_"), name.equals("__proto__") { return .prototype }
        for index in 0..<name.byteCount where name.byte(index) == UInt8(ascii: ".") {
            // A lone dot, and one at an end, is part of no path, yet MongoDB refuses to keep it.
            return .dottedPath
        }
        return nil
    }

    /// Looks at a parameter's whole name: `filter[price][$gt]`, `a.b`, `x[__proto__][y]`. Brackets
    /// are read as the common parsers of nested parameters do.
    package static func look(parameter name: RawSpan) -> InjectionName? {
        var (start, index, sawConstructor) = (0, 0, false)
        while index <= name.byteCount {
            let isEnd =
                index == name.byteCount || name.byte(index) == UInt8(ascii: "[")
                || name.byte(index) == UInt8(ascii: "]")
            if isEnd {
                let part = name.slice(ByteRange(start: start, count: index - start))
                if let found = look(part) { return found }
                if sawConstructor, part.equals("prototype") { return .prototype }
                sawConstructor = sawConstructor || part.equals("constructor")
                start = index + 1
            }
            index += 1
        }
        return nil
    }
}
