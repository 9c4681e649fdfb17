package import GatehouseCore

extension Request {
    /// A path parameter's text, percent escapes resolved; nil if the route's pattern has none of
    /// that name. `*` names what a final `*` took.
    public func parameter(_ name: String) -> String? {
        guard let range = parameterRange(name) else { return nil }
        let head = head
        let bytes = head.bytes(range)
        return String(decoding: RoutePattern.decoded(bytes), as: UTF8.self)
    }

    /// A path parameter as it was sent, percent escapes and all.
    public func rawParameter(_ name: String) -> String? {
        parameterRange(name).map(head.text)
    }

    /// Place of a path parameter in the head's bytes.
    package func parameterRange(_ name: String) -> ByteRange? {
        guard let names = route?.parameterNames else { return nil }
        let index = name == "*" ? names.count : names.firstIndex(of: name)
        guard let index, index < parameterRanges.count else { return nil }
        return parameterRanges[index]
    }
}
