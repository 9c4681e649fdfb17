import GatehouseCore
package import GatehouseHTTP

/// Decides which answers of upstreams must not go out as they are, so that no stack trace, path or
/// version of theirs does.
///
/// - 5xx: replaced whatever the media type; of the fields only `Retry-After` stays.
/// - 4xx whose body is HTML or plain text, or has no declared type: a framework's error page.
///   Fields that clients need stay.
/// - 4xx of any other type, JSON above all, passes: it is the API's own word to its clients.
///
/// The status stays, so that clients, retries and limits see what happened (PITFALLS 68).
package enum UpstreamScrubber {
    /// The refusal to answer with in place of an upstream's answer, or nil if that may go out.
    package static func replacement(for head: MessageHead) -> Rejection? {
        let status = head.status
        guard status >= 400 else { return nil }
        guard status <= 599 else {
            return Rejection(502, .upstreamInvalid, detail: "upstream answered \(status)")
        }
        guard status >= 500 || isErrorPage(head) else { return nil }
        return Rejection(
            status, .upstreamError, detail: "upstream answered \(status)",
            fields: kept(of: head, status >= 500 ? keptOfFailure : keptOfRefusal))
    }

    private static func isErrorPage(_ head: MessageHead) -> Bool {
        guard let place = head.value(.contentType) else { return head.framing != .none }
        let type = head.bytes(place)
        return type.byteCount == 0 || MediaTypeClass.isPage(type)
            || MediaTypeClass.essence(of: type).equalsIgnoringCase("text/plain")
    }

    private static func kept(of head: MessageHead, _ names: FieldSet) -> Fields {
        var fields = Fields()
        guard head.present.intersects(names) else { return fields }
        for line in head.lines where names.contains(line.id) {
            fields.append(
                id: line.id, name: head.bytes(line.name), trusted: head.bytes(line.value))
        }
        return fields
    }

    private static let keptOfFailure = FieldSet([.retryAfter])

    /// What a status obliges to say (RFC 9110 sections 15.5.2, 15.5.6, 15.5.16), and the
    /// cookies with which an application ends a session.
    private static let keptOfRefusal = FieldSet([
        .wwwAuthenticate, .allow, .accept, .acceptEncoding, .retryAfter, .setCookie,
    ])
}
