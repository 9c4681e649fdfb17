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

    /// A query parameter's text, decoded; nil if it is not there.
    /// - Throws: `Rejection` 400 for one that is there twice, or in a form that some servers read
    ///   as a list: nobody can say which value counts.
    public func queryValue(_ name: String) throws(Rejection) -> String? {
        let head = head
        guard let query = head.query else { return nil }
        switch QueryParameters.find(name, in: head.bytes(query)) {
        case .none: return nil
        case .one(let value): return value
        case .ambiguous:
            throw Rejection(400, .invalidInput, detail: "query: a parameter is there twice")
        }
    }

    /// Place of a path parameter in the head's bytes.
    package func parameterRange(_ name: String) -> ByteRange? {
        guard let names = route?.parameterNames else { return nil }
        let index = name == "*" ? names.count : names.firstIndex(of: name)
        guard let index, index < parameterRanges.count else { return nil }
        return parameterRanges[index]
    }
}
