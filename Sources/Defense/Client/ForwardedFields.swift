package import GatehouseCore
package import GatehouseHTTP

extension ClientIdentity {
    /// Fields that say who the client is or what was asked before a proxy changed it, and that only
    /// a proxy may set: never forwarded from a client (PITFALLS 39, 57).
    package static let proxyFields = FieldSet([
        .forwarded, .xForwarded, .xForwardedFor, .xForwardedHost, .xForwardedPort,
        .xForwardedPrefix, .xForwardedProto, .xForwardedServer, .xRealIP, .trueClientIP,
        .cfConnectingIP, .xClientIP, .xClusterClientIP,
        // Some servers take the path or the method from these, past every rule that we checked.
        .xOriginalURL, .xRewriteURL, .xHTTPMethodOverride, .xHttpMethod,
        // CGI turns it into HTTP_PROXY, which HTTP clients believe (httpoxy).
        .proxy,
        // Ours: the caller's identity.
        .gatehouseIdentity,
    ])

    /// The same for names that are in no table: further spellings, and all of the names above with
    /// `_` for `-`, since CGI and WSGI make one variable of both.
    package static func isProxyField(_ name: RawSpan) -> Bool {
        if begins(name, with: "x-forwarded") { return true }
        guard name.byteCount <= nameMax else { return false }
        var folded: InlineArray<48, UInt8> = .init(repeating: 0)
        for index in 0..<name.byteCount { folded[index] = fold(name.byte(index)) }
        // Every element is initialised.
        let text = unsafe folded.span.bytes.extracting(0..<name.byteCount)
        let id = KnownFields.id(of: text)
        if id != FieldName.unknown { return proxyFields.contains(id) }
        for other in others where text.equals(other) { return true }
        return false
    }

    private static func begins(_ name: RawSpan, with prefix: StaticString) -> Bool {
        guard name.byteCount >= prefix.utf8CodeUnitCount else { return false }
        for index in 0..<prefix.utf8CodeUnitCount {
            guard unsafe fold(name.byte(index)) == prefix.utf8Start[index] else { return false }
        }
        return true
    }

    private static func fold(_ byte: UInt8) -> UInt8 {
        byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : byte.asciiLowercased
    }

    /// No name in the lists is longer.
    private static let nameMax = 48

    private static let others: [StaticString] = [
        "client-ip", "fastly-client-ip", "front-end-https", "x-appengine-user-ip",
        "x-azure-clientip", "x-envoy-external-address", "x-host", "x-http-host-override",
        "x-method-override", "x-original-forwarded-for", "x-original-host", "x-original-uri",
        "x-originating-ip", "x-proxyuser-ip", "x-remote-addr", "x-remote-ip", "x-url-scheme",
    ]
}

/// What an upstream learns of the client: one element, ours, whatever came in.
package enum ForwardedFields {
    /// Adds `Forwarded` (RFC 7239) and `X-Forwarded-For`, `-Proto` and `-Host`.
    ///
    /// - Parameter host: place in the head of the authority that the client asked for, checked by
    ///   the parser; empty for none.
    package static func append(for request: Request, host: ByteRange, to fields: inout Fields) {
        let client = request.client
        let scheme: StaticString = request.isSecure ? "https" : "http"
        let head = request.head
        fields.append(.forwarded) { output in
            output.append("for=")
            if client.isIPv4 {
                client.append(to: &output)
            } else {
                output.append("\"[")
                client.append(to: &output)
                output.append("]\"")
            }
            output.append(";proto=")
            output.append(scheme)
            guard !host.isEmpty else { return }
            output.append(";host=\"")
            output.append(head.bytes(host))
            output.append("\"")
        }
        fields.append(.xForwardedFor) { client.append(to: &$0) }
        fields.append(.xForwardedProto, scheme)
        if !host.isEmpty { fields.append(.xForwardedHost, trusted: head.bytes(host)) }
    }
}
