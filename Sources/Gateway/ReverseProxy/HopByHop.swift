import GatehouseCore
import GatehouseHTTP

/// Fields that concern one connection only and never go on (RFC 9110 section 7.6.1).
enum HopByHop {
    static let fields = FieldSet([
        .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade,
        .proxyAuthenticate, .proxyAuthorization,
    ])

    /// Names, in lower case, that the message's `Connection` field declares to be hop-by-hop.
    ///
    /// A set: a client may name thousands, and each is asked for with every field.
    static func nominated(by head: MessageHead) -> Set<String> {
        guard let value = head.value(.connection) else { return [] }
        if isPlain(head.bytes(value)) { return [] }
        let options = head.values(of: .connection)
            .flatMap { $0.split(separator: ",") }
            .map { $0.trimmingSpaces.lowercased() }
        return Set(options).subtracting(["close", "keep-alive", ""])
    }

    private static func isPlain(_ value: RawSpan) -> Bool {
        value.equalsIgnoringCase("keep-alive") || value.equalsIgnoringCase("close")
    }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    var trimmingSpaces: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
