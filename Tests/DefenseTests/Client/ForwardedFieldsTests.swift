import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct ProxyFieldsTests {
    private func isDropped(_ name: String) -> Bool {
        guard let field = FieldName(name) else { return false }
        if field.id != FieldName.unknown { return ClientIdentity.proxyFields.contains(field.id) }
        let bytes = Array(name.utf8)
        return ClientIdentity.isProxyField(bytes.raw)
    }

    @Test(arguments: [
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
        "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Server", "X-Forwarded-Ssl",
        "X-Forwarded-User", "x-forwarded-client-cert", "X-Real-IP", "True-Client-IP",
        "CF-Connecting-IP", "X-Client-IP", "X-Cluster-Client-IP", "X-Original-URL",
        "X-Rewrite-URL", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "Proxy",
        "Gatehouse-Identity", "Front-End-Https", "X_Forwarded_For", "x_forwarded-for",
        "X-Forwarded_Proto", "gatehouse_identity", "X_Real_IP", "True_Client_IP",
        "X_Original_URL", "Client_IP", "X-Forwarded-" + String(repeating: "x", count: 100),
    ])
    func `no client's copy goes on`(_ name: String) { #expect(isDropped(name)) }

    @Test(arguments: [
        "Host", "Accept", "X-API-Key", "X-Request-ID", "X-Forward", "Proxy2", "X-Real",
        "x_custom_field", "traceparent", "For", String(repeating: "x", count: 100),
    ])
    func `other fields do`(_ name: String) { #expect(!isDropped(name)) }
}

@Suite struct ForwardedFieldsTests {
    private func render(_ client: String, secure: Bool, host: Bool = true) throws -> [String] {
        let request = parsedRequest()
        request.client = try #require(IPAddress(client))
        request.isSecure = secure
        var fields = Fields()
        let place = host ? request.hostRange : .none
        ForwardedFields.append(for: request, host: place, to: &fields)
        return fields.lines.map { "\($0.name): \($0.value)" }
    }

    @Test func `tells upstreams one client, ours`() throws {
        #expect(
            try render("192.0.2.1", secure: true) == [
                "Forwarded: for=192.0.2.1;proto=https;host=\"api.example.com\"",
                "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https",
                "X-Forwarded-Host: api.example.com",
            ])
        #expect(
            try render("2001:db8::1", secure: false, host: false) == [
                "Forwarded: for=\"[2001:db8::1]\";proto=http", "X-Forwarded-For: 2001:db8::1",
                "X-Forwarded-Proto: http",
            ])
    }

    @Test(arguments: ["192.0.2.1", "2001:db8::1"]) func `what we write, we read`(
        client: String
    ) throws {
        let identity = ClientIdentity(trustedProxies: [try IPNetwork("10.0.0.1")])
        let fields = try render(client, secure: true).map { line in
            let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
            return (parts[0], parts[1])
        }
        let request = parsedRequest("/", fields)
        request.peer = try #require(IPAddress("10.0.0.1"))
        try identity.identify(request)
        #expect(request.client.description == client)
        #expect(request.isSecure)
    }
}
