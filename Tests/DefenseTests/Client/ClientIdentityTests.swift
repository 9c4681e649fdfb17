import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import Testing

/// Client addresses behind proxies (PITFALLS 39, 57).
@Suite struct ClientIdentityTests {
    /// Who is found, `https` or `http`; or the refusal's status. Trusted: 10/8 and fd00::/8.
    private func find(
        _ fields: [(String, String)], peer: String = "10.0.0.1", secure: Bool = false,
        trusted: [String] = ["10.0.0.0/8", "fd00::/8"]
    ) throws -> String {
        let identity = ClientIdentity(trustedProxies: try trusted.map { try IPNetwork($0) })
        let request = parsedRequest("/", fields)
        request.peer = try #require(IPAddress(peer))
        request.isSecure = secure
        do throws(Rejection) {
            try identity.identify(request)
            return "\(request.client) \(request.isSecure ? "https" : "http")"
        } catch { return "\(error.status)" }
    }

    @Test func `nothing is believed from a peer that is no trusted proxy`() throws {
        let lies = [
            ("X-Forwarded-For", "1.1.1.1"), ("Forwarded", "for=1.1.1.1;proto=https"),
            ("X-Forwarded-Proto", "https"), ("X-Real-IP", "1.1.1.1"),
            ("CF-Connecting-IP", "1.1.1.1"),
        ]
        #expect(try find(lies, peer: "192.0.2.1") == "192.0.2.1 http")
        #expect(try find(lies, peer: "11.0.0.1") == "11.0.0.1 http")
        #expect(try find(lies, trusted: []) == "10.0.0.1 http")
        // Nonsense from there is nobody's business either: it is dropped on the way.
        let junk = [("X-Forwarded-For", "x"), ("Forwarded", "\"")]
        #expect(try find(junk, peer: "192.0.2.1") == "192.0.2.1 http")
    }

    @Test(arguments: [
        // Only what the proxy itself added, rightmost, counts.
        (["203.0.113.7"], "203.0.113.7"), (["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
        (["1.1.1.1", "203.0.113.7"], "203.0.113.7"),
        (["127.0.0.1,10.0.0.9,1.1.1.1 , 203.0.113.7"], "203.0.113.7"),
        (["<script>, 203.0.113.7"], "203.0.113.7"),
        // Through two of our own.
        (["1.1.1.1, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        (["203.0.113.7, fd00::1, 10.0.0.2"], "203.0.113.7"),
        // All ours: the leftmost asked.
        (["10.0.0.3, 10.0.0.2"], "10.0.0.3"), (["2001:db8::1"], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"), (["[2001:db8::1]:8080"], "2001:db8::1"),
        (["203.0.113.7:1234"], "203.0.113.7"), (["::ffff:203.0.113.7"], "203.0.113.7"),
        (["::ffff:10.0.0.2"], "10.0.0.2"),
        // Not known to our proxy: then that proxy it was.
        (["unknown"], "10.0.0.1"), (["1.1.1.1, unknown, 10.0.0.2"], "10.0.0.2"),
    ])
    func `X-Forwarded-For is read from the right`(_ lines: [String], _ client: String) throws {
        #expect(try find(lines.map { ("X-Forwarded-For", $0) }) == "\(client) http")
    }

    @Test(arguments: [
        "", "x", "203.0.113.7,", "1.1.1.1,,10.0.0.2", "203.0.113.07", "203.0.113", "localhost",
        "203.0.113.7 10.0.0.1", "[203.0.113.7]", "[2001:db8::1", "2001:db8::1]", "[]", "[::1]x",
        "203.0.113.7:", "203.0.113.7:123456", "203.0.113.7:8a", "fe80::1%eth0",
        "\"203.0.113.7\"", "for=203.0.113.7", "1.1.1.1, 203.0.113.7;, 10.0.0.2", "_",
        "203.0.113.7:1:2",
    ])
    func `an address that our own proxy garbled is refused`(_ value: String) throws {
        #expect(try find([("X-Forwarded-For", value)]) == "400")
    }

    @Test(arguments: [
        ("for=203.0.113.7", "203.0.113.7 http"),
        ("For=\"203.0.113.7\";Proto=HTTPS", "203.0.113.7 https"),
        ("for=\"203.0.113.7:8080\";proto=http", "203.0.113.7 http"),
        ("for=\"[2001:db8::1]\"", "2001:db8::1 http"),
        ("for=\"[2001:db8::1]:_port\"", "2001:db8::1 http"),
        ("for=1.1.1.1;proto=https, for=203.0.113.7;proto=http", "203.0.113.7 http"),
        ("for=1.1.1.1 , for=203.0.113.7;proto=https,for=10.0.0.2;proto=http", "203.0.113.7 https"),
        ("by=_us;for=203.0.113.7;host=\"a,b;c=\\\"d\";ext=1", "203.0.113.7 http"),
        ("for=203.0.113.7; proto=https ; by=_x", "203.0.113.7 https"),
        ("for=_hidden;proto=https", "10.0.0.1 https"),
        ("for=unknown, for=10.0.0.2", "10.0.0.2 http"), ("proto=https", "10.0.0.1 https"),
        ("for=\"<junk>\", for=203.0.113.7", "203.0.113.7 http"),
    ])
    func `Forwarded is read from the right`(_ value: String, _ found: String) throws {
        #expect(try find([("Forwarded", value)]) == found)
    }

    @Test(arguments: [
        "", ",", ";", "for", "for=", "=1.1.1.1", "for=203.0.113.7,", "for=203.0.113.7;",
        ",for=203.0.113.7", "for=203.0.113.7;;proto=http", "for=203.0.113.7:80", "for=[::1]",
        "for=2001:db8::1", "for=\"2001:db8::1\"", "for=\"203.0.113.7", "for=\"203.0.113.7\\\"",
        "for=\"203.0.113.7\"x", "for =203.0.113.7", "for= 203.0.113.7", "for=1.1.1.1 for=2.2.2.2",
        "for=1.1.1.1;for=203.0.113.7", "for=203.0.113.7;proto=http;proto=https",
        "for=203.0.113.7;by=a;by=b", "for=203.0.113.7;host=a;host=b", "for=203.0.113.7;proto=ftp",
        "for=203.0.113.7;proto=", "for=\"\"", "for=\"203.0.113.\\7\"", "for=\"[203.0.113.7]\"",
        "for=\"1.1.1.1, for=203.0.113.7", "for=\"1.1.1.1\", \"for=203.0.113.7\"",
        "for=203.0.113.7\u{FC}", "for=\"203.0.113.7:\"", "for=_", "for=localhost",
    ])
    func `Forwarded that breaks RFC 7239 is refused`(_ value: String) throws {
        #expect(try find([("Forwarded", value)]) == "400")
    }

    @Test func `both fields must lead to the same client and scheme`() throws {
        let known = ("X-Forwarded-For", "203.0.113.7")
        #expect(try find([("Forwarded", "for=1.1.1.1"), known]) == "400")
        #expect(try find([("Forwarded", "for=unknown"), known]) == "400")
        #expect(try find([("Forwarded", "for=203.0.113.7"), known]) == "203.0.113.7 http")
        let secure = ("Forwarded", "for=203.0.113.7;proto=https")
        #expect(try find([secure, ("X-Forwarded-Proto", "http")]) == "400")
        #expect(try find([secure, ("X-Forwarded-Proto", "https")]) == "203.0.113.7 https")
    }

    @Test(arguments: [
        ("https", "https"), ("HTTPS", "https"), ("wss", "https"), ("http", "http"), ("ws", "http"),
        ("https, https", "https"), ("https, http", "http"), ("http,https", "http"),
    ])
    func `X-Forwarded-Proto of a trusted proxy decides the scheme`(
        _ value: String, _ scheme: String
    ) throws {
        for secure in [true, false] {
            let found = try find([("X-Forwarded-Proto", value)], secure: secure)
            #expect(found == "10.0.0.1 \(scheme)")
        }
    }

    @Test func `a scheme that is none is refused, and without one the connection's stands`() throws
    {
        for value in ["", "httpx", "https,", "on", "https http"] {
            #expect(try find([("X-Forwarded-Proto", value)]) == "400")
        }
        let address = [("X-Forwarded-For", "203.0.113.7")]
        #expect(try find(address, secure: true) == "203.0.113.7 https")
        #expect(try find(address, secure: false) == "203.0.113.7 http")
    }

    @Test func `more proxies than there can be are refused`() throws {
        let most = Array(repeating: "10.0.0.2", count: ClientIdentity.hopsMax)
        #expect(try find([("X-Forwarded-For", most.joined(separator: ","))]) == "10.0.0.2 http")
        let more = most + ["10.0.0.2"]
        #expect(try find([("X-Forwarded-For", more.joined(separator: ","))]) == "400")
        let elements = more.map { "for=\($0)" }
        #expect(try find([("Forwarded", elements.joined(separator: ","))]) == "400")
        #expect(try find(elements.map { ("Forwarded", $0) }) == "400")
    }

    /// Whatever a client sends through our proxy, it is found, or refused; never believed.
    @Test(arguments: ["Forwarded", "X-Forwarded-For"])
    func `no junk in front of our proxy's element makes another client`(field: String) throws {
        var state: UInt64 = 11
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let alphabet = Array("for=1.;,\"\\ []:_unknow0proto=http")
        let ours = field == "Forwarded" ? "for=203.0.113.7" : "203.0.113.7"
        var (found, refused) = (0, 0)
        for _ in 0..<1_500 {
            let junk = String((0..<random(25)).map { _ in alphabet[random(alphabet.count)] })
            let answer = try find([(field, junk + ", " + ours)])
            if answer == "400" { refused += 1 } else { found += 1 }
            #expect(answer == "400" || answer == "203.0.113.7 http", "\(junk.debugDescription)")
        }
        #expect(found > 0)
        #expect(field == "X-Forwarded-For" || refused > 0)
    }
}
