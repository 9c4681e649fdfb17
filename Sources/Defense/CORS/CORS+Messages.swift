import GatehouseCore
package import GatehouseHTTP

extension MessageHead {
    /// Place of the only line of this name, or nil if there is none.
    /// - Throws: 400 if there are several: which one another reader believes is anybody's guess.
    func only(_ name: FieldName) throws(Rejection) -> ByteRange? {
        var found: ByteRange?
        for line in lines where line.id == name.id {
            guard found == nil else {
                throw Rejection(400, .malformedRequest, detail: "more than one \(name)")
            }
            found = line.value
        }
        return found
    }

    /// The first value of this name for the log: at most 128 bytes.
    func excerpt(_ name: FieldName) -> String {
        guard let place = value(name) else { return "" }
        return text(ByteRange(start: Int(place.start), count: min(Int(place.count), 128)))
    }
}

extension Request {
    /// Whether `origin` names the scheme and host that this request came to: then it crosses no
    /// border, and browsers ask no permission.
    func isOwnOrigin(_ origin: RawSpan) -> Bool {
        let head = head
        guard let place = head.value(.host) else { return false }
        let host = head.bytes(place)
        let scheme = isSecure ? 8 : 7
        guard origin.byteCount > scheme else { return false }
        let start = origin.extracting(0..<scheme)
        guard isSecure ? start.equals("https://") : start.equals("http://") else { return false }
        let authority = origin.extracting(scheme..<origin.byteCount)
        guard authority.byteCount == host.byteCount else { return false }
        for index in 0..<host.byteCount
        where host.byte(index).asciiLowercased != authority.byte(index).asciiLowercased {
            return false
        }
        return true
    }
}

extension Fields {
    /// Adds a name to `Vary` unless it, or `*`, is there already; keeps what is.
    package mutating func vary(on name: StaticString) {
        guard contains(.vary) else { return append(.vary, name) }
        let lines = values(of: .vary)
        let names = lines.flatMap { $0.pieces(separatedBy: ",") }.filter { !$0.isEmpty }
        let wanted = "\(name)".lowercased()
        let isThere = names.contains { $0 == "*" || $0.lowercased() == wanted }
        if isThere, lines.count == 1 { return }
        remove(.vary)
        let merged = names.contains("*") ? ["*"] : isThere ? names : names + ["\(name)"]
        append(.vary, checked: merged.joined(separator: ", "))
    }
}
