import Foundation
import TestSupport
import Testing

/// A real browser: what pages of other origins can do, and what a page load in clear becomes.
@Suite(.enabled(if: Tool.areInstalled("chromium"), "chromium is not installed"))
struct BrowserTests {
    /// What a page loads to, as text.
    private func load(_ address: String) throws -> String {
        let profile = try ScratchFolder()
        let tool = try Tool(
            "chromium",
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--user-data-dir=\(profile.path)", "--ignore-certificate-errors",
                "--virtual-time-budget=20000", "--dump-dom", address,
            ])
        #expect(tool.code == 0, "\(tool.error)")
        return tool.output
    }

    /// A page that tries requests and writes down what came of each.
    private func page(_ gate: String, _ token: String) -> String {
        """
        <!doctype html><title>page</title><pre id="out">waiting</pre><script>
        const lines = [];
        async function attempt(name, method, fields) {
          try {
            const answer = await fetch('\(gate)/api/x', {
              method, headers: fields, credentials: 'include',
              body: method === 'GET' ? undefined : '{}' });
            const shown = (name) => answer.headers.get(name);
            lines.push(`${name}: ${answer.status} ${await answer.text()} `
              + `policy=${shown('ratelimit-policy')} left=${shown('ratelimit')} `
              + `hidden=${shown('x-frame-options')}`);
          } catch (error) { lines.push(`${name}: blocked`); }
        }
        const bearer = { authorization: 'Bearer \(token)' };
        const json = { ...bearer, 'content-type': 'application/json' };
        (async () => {
          await attempt('without token', 'GET', {});
          await attempt('read', 'GET', bearer);
          await attempt('write', 'PUT', json);
          await attempt('method', 'DELETE', bearer);
          await attempt('field', 'GET', { ...bearer, 'x-own': '1' });
          document.getElementById('out').textContent = lines.join('\\n') + '\\ndone';
        })();
        </script>
        """
    }

    private func gate(allowing port: UInt16, upstream: UInt16) throws -> TestGate {
        let folder = try ScratchFolder()
        try folder.write(TokenMaker.secret, "token.secret")
        _ = unsafe chmod(folder.path + "/token.secret", 0o600)
        return try TestGate(
            """
            hosts: [localhost]
            listeners: [{ address: "127.0.0.1:0" }]
            admin: { enabled: false }
            upstreams: { api: { servers: ["http://127.0.0.1:\(upstream)"] } }
            routes:
              - { path: /api/*, methods: [GET, PUT, DELETE], access: signed-in, upstream: api }
            limits: [{ name: default, quota: 1000, window: 1m }]
            cors:
              origins: ["http://127.0.0.1:\(port)"]
              credentials: true
              methods: [GET, PUT]
              headers: [authorization, content-type]
              expose: [ratelimit, ratelimit-policy]
              dangerously-allow-plain-origins: true
            \(TokenMaker.issuer)
            """, folder: folder)
    }

    private func answer(page: String) -> TestUpstream.Answer {
        .bytes(
            Array(
                ("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                    + "Content-Length: \(page.utf8.count)\r\n\r\n" + page).utf8))
    }

    @Test func `a foreign page reads nothing and writes nothing, an allowed one may`() throws {
        let (api, allowed, foreign) = (try TestUpstream(), try TestUpstream(), try TestUpstream())
        let gate = try gate(allowing: allowed.port, upstream: api.port)
        let page = page(gate.origin, try TokenMaker.token("alice"))
        allowed.answer(answer(page: page))
        foreign.answer(answer(page: page))

        let refused = try load("http://127.0.0.1:\(foreign.port)/")
        for name in ["without token", "read", "write", "method", "field"] {
            #expect(refused.contains("\(name): blocked"), "\(refused)")
        }
        #expect(refused.contains("done") && api.seen.isEmpty)

        let served = try load("http://127.0.0.1:\(allowed.port)/")
        #expect(
            served.contains("without token: 401 {\"type\":\"urn:gatehouse:problem:token-missing"))
        for name in ["read", "write"] {
            let line = served.split(separator: "\n").first { $0.contains("\(name): ") } ?? ""
            #expect(line.contains("200 {\"from\":\"upstream\"}"), "\(served)")
            #expect(line.contains("policy=\"default\";q=1000;w=60 left=\"default\";r=9"))
            #expect(line.hasSuffix("hidden=null"))
        }
        #expect(served.contains("method: blocked") && served.contains("field: blocked"))
        // The preflights stayed at the gate.
        let methods = api.seen.map { String(decoding: $0.head.prefix(4), as: UTF8.self) }
        #expect(methods == ["GET ", "PUT "], "\(served)")
    }

    @Test func `a page load in clear ends at HTTPS`() throws {
        let secure = try TestGate(
            """
            hosts: [localhost]
            listeners: [{ address: "127.0.0.1:0" }]
            admin: { enabled: false }
            routes:
              - path: /start
                methods: [GET]
                access: anyone
                respond: { type: text/html, body: "<!doctype html><p>welcome over TLS" }
            """)
        let plain = try TestGate(
            """
            hosts: [localhost]
            listeners:
              - { address: "127.0.0.1:0" }
              - { address: "127.0.0.1:0", protocol: redirect, redirect-port: \(secure.port()) }
            admin: { enabled: false }
            routes: [{ path: /start, methods: [GET], access: anyone, respond: { body: "in clear" } }]
            """)
        let seen = try load("http://localhost:\(plain.port(1))/start")
        #expect(seen.contains("welcome over TLS"), "\(seen)")
        let answer = try plain.curl(
            "http://localhost:\(plain.port(1))/start?a=1", "-H", "Accept: text/html")
        #expect(answer.status == 308)
        #expect(answer["Location"] == "https://localhost:\(secure.port())/start?a=1")
        let call = try plain.curl("http://localhost:\(plain.port(1))/start")
        #expect(call.status == 403 && call.body.contains("plaintext-refused"))
    }
}
