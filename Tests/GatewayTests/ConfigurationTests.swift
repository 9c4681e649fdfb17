import Foundation
import GatehouseCore
import GatehouseHTTP
import Testing

@testable import Gatehouse

/// What a configuration that is right becomes.
@Suite struct ConfigurationTests {
    private let full = """
        data: ./state
        hosts: [API.example.com, localhost, "::1"]
        listeners:
          - { address: "0.0.0.0:8443", proxy-protocol: true }
          - { address: "[::]:8080", protocol: redirect, redirect-port: 443 }
          - { address: "127.0.0.1:0", protocol: http }
        tls: { certificates: [{ certificate: cert.pem, key: ./key.pem }], minimum: "1.3" }
        trusted-proxies: [10.0.0.0/8, 192.0.2.7, "fd00::/8"]
        connections: { max: 1, per-client: 1, requests-max: 2, pipelined-max: 3 }
        http: { header-bytes-max: 32KiB, header-count-max: 50, line-max: 4KiB, body-max: 2MiB }
        timeouts:
          header: 5s
          body-rate-min: 2KiB
          idle: 1m
          handler: 1500ms
          drain: 0s
          handshake: 3s
          write: 4s
        upstreams:
          api:
            servers: [http://127.0.0.1:3000, "https://[::1]:8443", https://Api.internal, builtin:echo]
            balance: least-connections
            health: { path: /health, interval: 1s, timeout: 500ms, unhealthy-after: 5, healthy-after: 1 }
            connect-timeout: 1s
            response-timeout: 10s
            idle-timeout: 30s
            connections-max: 8
            retries: 0
            identity: false
            authorities: cert.pem
        routes:
          - path: /api/items/{id}
            methods: [GET, PUT]
            access: { permissions: [items:read] }
            upstream: api
            hosts: [api.example.com]
            body-max: 64KiB
            timeout: 2s
            limits: [writes]
            name: item
          - { path: /*, methods: all, access: { roles: [admin, moderator] }, upstream: api }
          - path: /motd
            methods: [GET]
            access: anyone
            respond: { status: 201, type: application/json, body: "${as it is}" }
          - { path: /file, methods: [GET], access: signed-in, respond: { body-file: body.json } }
        limits:
          - { name: writes, key: [address, route], algorithm: gcra, quota: 10, window: 1h,
              burst: 5, applies: named, clients-max: 500 }
          - { name: auth, key: api-key, quota: 3, window: 90s, applies: [/auth/, /login] }
        cors:
          origins: [https://app.example.com]
          credentials: true
          methods: [GET, DELETE]
          headers: [X-Thing]
          expose: [ETag]
          max-age: 1h
        headers: { api: { X-Frame-Options: null }, page: { referrer-policy: same-origin } }
        tokens:
          issuers:
            - issuer: https://id.example.com
              audience: [api, admin]
              type: jwt
              max-age: 10m
              leeway: 0s
              roles-claim: realm_access
              jwks: keys.json
              keys:
                - { kid: k1, algorithm: HS256, secret: { env: JWT_SECRET } }
                - { kid: k2, algorithm: HS256, secret: { file: token.secret } }
                - { algorithm: EdDSA, public-key: cert.pem }
        identity: { issuer: gate, lifetime: 30s }
        log: { level: debug, access: ./access.log }
        admin: { enabled: false, address: "[::1]:9091" }
        server: { loops: 4 }
        """

    @Test func `reads every key of reach and bounds`() throws {
        let read = try Fixture.read(full).configuration
        #expect(read.data == "/etc/gatehouse/state")
        #expect(read.hosts == ["api.example.com", "localhost", "[::1]"])
        #expect(
            read.listeners.map(\.address.description) == [
                "0.0.0.0:8443", "[::]:8080", "127.0.0.1:0",
            ])
        #expect(read.listeners.map(\.protocol) == [.https, .redirect, .http])
        #expect(read.listeners.map(\.proxyProtocol) == [true, false, false])
        #expect(read.listeners.map(\.redirectPort) == [nil, 443, nil])
        #expect(
            read.tls.certificates
                == [.init(certificate: "/etc/gatehouse/cert.pem", key: "/etc/gatehouse/key.pem")])
        #expect(read.tls.minimum == .tls13)
        #expect(read.trustedProxies == ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"])
        #expect(read.connections.max == 1 && read.connections.perClient == 1)
        #expect(read.connections.requestsMax == 2 && read.connections.pipelinedMax == 3)
        #expect(read.http.headerBytesMax == .kibibytes(32) && read.http.headerCountMax == 50)
        #expect(read.http.lineMax == .kibibytes(4) && read.http.bodyMax == .mebibytes(2))
        let clocks = read.timeouts
        #expect(clocks.header == .seconds(5) && clocks.bodyRateMin == .kibibytes(2))
        #expect(clocks.idle == .seconds(60) && clocks.handler == .milliseconds(1_500))
        #expect(clocks.drain == .zero && clocks.handshake == .seconds(3))
        #expect(clocks.write == .seconds(4))
    }

    @Test func `reads every key of upstreams`() throws {
        let read = try Fixture.read(full).configuration
        let api = try #require(read.upstreams.first)
        #expect(read.upstreams.count == 1 && api.name == "api")
        #expect(
            api.servers == [
                .network(isTLS: false, host: "127.0.0.1", port: 3_000),
                .network(isTLS: true, host: "::1", port: 8_443),
                .network(isTLS: true, host: "api.internal", port: 443), .echo,
            ])
        #expect(api.balance == .leastConnections && api.retries == 0 && !api.identity)
        let health = try #require(api.health)
        #expect(health.path == "/health" && health.interval == .seconds(1))
        #expect(health.timeout == .milliseconds(500))
        #expect(health.unhealthyAfter == 5 && health.healthyAfter == 1)
        #expect(api.connectTimeout == .seconds(1) && api.responseTimeout == .seconds(10))
        #expect(api.idleTimeout == .seconds(30) && api.connectionsMax == 8)
        #expect(api.authorities == "/etc/gatehouse/cert.pem")
    }

    @Test func `reads every key of routes`() throws {
        let read = try Fixture.read(full).configuration
        let routes = read.routes
        #expect(routes.map(\.path) == ["/api/items/{id}", "/*", "/motd", "/file"])
        #expect(
            routes.map(\.access) == [
                .permissions(["items:read"]), .roles(["admin", "moderator"]), .anyone, .signedIn,
            ])
        #expect(routes[0].methods == [.get, .put] && routes[0].hosts == ["api.example.com"])
        #expect(routes[0].limits == ["writes"] && routes[0].name == "item")
        #expect(routes[1].methods == Configuration.Route.everyMethod)
        #expect(read.bodyMax(of: routes[0]) == .kibibytes(64))
        #expect(read.bodyMax(of: routes[1]) == .mebibytes(2))
        #expect(read.timeout(of: routes[0]) == .seconds(2))
        #expect(read.timeout(of: routes[1]) == .milliseconds(1_500))
        guard case .upstream("api") = routes[0].target, case .respond(let motd) = routes[2].target,
            case .respond(let file) = routes[3].target
        else {
            Issue.record("other targets")
            return
        }
        #expect(motd.status == 201 && motd.type == "application/json")
        #expect(motd.body == Array("${as it is}".utf8))
        #expect(file.body == Array("{}".utf8))
    }

    @Test func `reads every key of rules and operation`() throws {
        let read = try Fixture.read(full).configuration
        let writes = read.limits[0]
        #expect(writes.name == "writes" && writes.key == [.address, .route])
        #expect(writes.algorithm == .gcra && writes.quota == 10 && writes.window == .seconds(3_600))
        #expect(writes.burst == 5 && writes.applies == .named && writes.clientsMax == 500)
        #expect(read.limits[1].key == [.apiKey] && read.limits[1].algorithm == .slidingWindow)
        #expect(read.limits[1].applies == .prefixes(["/auth/", "/login"]))
        let cors = try #require(read.cors)
        #expect(cors.origins == ["https://app.example.com"] && cors.credentials)
        #expect(cors.methods == [.get, .delete] && cors.headers == ["x-thing"])
        #expect(cors.expose == ["etag"] && cors.maxAge == .seconds(3_600))
        #expect(read.headers.api == [.init(name: "x-frame-options", value: nil)])
        #expect(read.headers.page == [.init(name: "referrer-policy", value: "same-origin")])
        let issuer = try #require(read.tokens.issuers.first)
        #expect(issuer.issuer == "https://id.example.com" && issuer.audience == ["api", "admin"])
        #expect(issuer.type == "jwt" && issuer.maxAge == .seconds(600) && issuer.leeway == .zero)
        #expect(issuer.rolesClaim == "realm_access" && issuer.jwks == "/etc/gatehouse/keys.json")
        #expect(issuer.keys.map(\.kid) == ["k1", "k2", nil])
        #expect(issuer.keys.map(\.algorithm) == [.hs256, .hs256, .ed25519])
        for key in issuer.keys.prefix(2) {
            guard case .secret(let secret) = key.material else { throw TestError() }
            #expect(secret.dangerouslyRevealed == Array(Fixture.secret.utf8))
        }
        guard case .publicKey("/etc/gatehouse/cert.pem") = issuer.keys[2].material else {
            throw TestError()
        }
        #expect(read.identity.issuer == "gate" && read.identity.lifetime == .seconds(30))
        #expect(read.log.level == .debug)
        #expect(read.log.access == .file("/etc/gatehouse/access.log"))
        #expect(!read.admin.enabled && read.admin.address.description == "[::1]:9091")
        #expect(read.server.loops == 4)
    }

    private struct TestError: Error {}

    @Test func `a file without a key has the default of the code`() throws {
        let read = try Fixture.read(Fixture.routes).configuration
        let fallback = Configuration()
        #expect(String(reflecting: read.listeners) == String(reflecting: fallback.listeners))
        #expect(String(reflecting: read.timeouts) == String(reflecting: fallback.timeouts))
        #expect(String(reflecting: read.http) == String(reflecting: fallback.http))
        #expect(String(reflecting: read.connections) == String(reflecting: fallback.connections))
        #expect(String(reflecting: read.limits) == String(reflecting: fallback.limits))
        #expect(read.cors == nil && read.server.loops == nil)
        #expect(read.data == "/etc/gatehouse/data")
    }

    @Test func `a value without an access rule lets nobody in`() {
        // Only code can make such a route; a file is refused.
        let route = Configuration.Route(
            path: "/", methods: [.get], access: .roles([]), target: .upstream("api"))
        #expect(route.access == .roles([]))
    }

    @Test func `loads a file and everything relative to it`() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("gatehouse-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try Starter.write(into: folder).count == 2)
        let file = try Configuration.load(file: folder + "/gatehouse.yml")
        #expect(file.configuration.data == folder + "/data")
        _ = unsafe chmod(folder + "/gatehouse.yml", 0o666)
        let loose = try Configuration.load(file: folder + "/gatehouse.yml")
        #expect(loose.warnings.contains { $0.problem == "others can write the configuration" })
        _ = unsafe chmod(folder + "/token.secret", 0o644)
        #expect(throws: ConfigurationIssues.self) {
            try Configuration.load(file: folder + "/gatehouse.yml")
        }
    }

    @Test(arguments: ["/nonexistent/gatehouse.yml", "/tmp", "/dev/zero", "/dev/null/x"])
    func `refuses a file that cannot be read`(_ path: String) {
        #expect(throws: ConfigurationIssues.self) { try Configuration.load(file: path) }
    }
}
