import Foundation
import TestSupport
import Testing

/// Real TLS clients and a scanner against the gate with a certificate of its local authority.
@Suite struct TLSClientTests {
    private static let configuration = """
        hosts: [localhost]
        listeners: [{ address: "127.0.0.1:0" }]
        admin: { enabled: false }
        routes: [{ path: /, methods: [GET], access: anyone, respond: { body: welcome } }]
        limits: []
        # A scanner opens many connections and breaks off most of its handshakes.
        floods: { connections-burst: 10000, handshakes-burst: 10000, lag-target: 60s }
        """

    @Test(.enabled(if: Tool.areInstalled("sslyze"), "sslyze is not installed in .venv"))
    func `sslyze finds nothing against Mozilla's intermediate profile`() throws {
        let gate = try TestGate(Self.configuration)
        let tool = try Tool(
            "sslyze",
            [
                "--mozilla_config=intermediate", "--certinfo_ca_file", gate.authority,
                "localhost:\(gate.port()){127.0.0.1}",
            ], seconds: 300)
        #expect(tool.code == 0, "\(tool.output)\(tool.error)")
        #expect(tool.output.contains("OK - Compliant"), "\(tool.output)")
    }

    /// One `openssl s_client` that sends a request, as far as it gets.
    private func client(_ gate: TestGate, _ arguments: String...) throws -> Tool {
        let command =
            "printf 'GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' | "
            + "openssl s_client -ign_eof -connect 127.0.0.1:\(gate.port()) -servername localhost "
            + "-verify_return_error -CAfile \(gate.authority) " + arguments.joined(separator: " ")
        return try Tool("bash", ["-c", command])
    }

    @Test(
        .enabled(if: Tool.areInstalled("openssl"), "openssl is not installed"),
        arguments: [
            ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
            ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0"],
            ["-tls1_2", "-cipher", "DHE+AESGCM:kRSA:@SECLEVEL=0"],
            ["-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"],
        ])
    func `refuses old versions and weak ciphers`(_ arguments: [String]) throws {
        let gate = try TestGate(Self.configuration)
        let tool = try client(gate, arguments[0], "-cipher", "'\(arguments[2])'")
        #expect(!tool.output.contains("welcome"))
        #expect(
            tool.output.contains("Cipher is (NONE)") || tool.output.contains("Cipher    : 0000"))
        #expect((tool.error + tool.output).contains("alert"), "\(tool.output)\(tool.error)")
    }

    @Test(.enabled(if: Tool.areInstalled("openssl"), "openssl is not installed"))
    func `speaks TLS 1.2 and 1.3 with forward secrecy and negotiates http-1-1`() throws {
        let gate = try TestGate(Self.configuration)
        for (version, shown) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
            let tool = try client(gate, version, "-alpn h2,http/1.1")
            #expect(tool.output.contains("New, \(shown), Cipher is "), "\(tool.output)")
            #expect(tool.output.contains("ALPN protocol: http/1.1"))
            #expect(tool.output.contains("Verify return code: 0 (ok)"))
            #expect(tool.output.contains("welcome"))
        }
        let strange = try client(gate, "-tls1_3", "-alpn imap")
        #expect(!strange.output.contains("welcome"))
        #expect((strange.error + strange.output).contains("no application protocol"))
    }

    @Test(
        .enabled(if: Tool.areInstalled("openssl"), "openssl is not installed"),
        arguments: ["-tls1_2", "-tls1_3"])
    func `resumes sessions`(_ version: String) throws {
        let gate = try TestGate(Self.configuration)
        let session = gate.folder.path + "/session"
        let first = try client(gate, version, "-sess_out", session)
        #expect(first.output.contains("New, ") && first.output.contains("welcome"))
        let second = try client(gate, version, "-sess_in", session)
        #expect(second.output.contains("Reused, ") && second.output.contains("welcome"))
    }

    /// Stores what it gets, and gives it back.
    private static let store = """
        import http.server, sys
        path = sys.argv[1]
        class Store(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def do_PUT(self):
                left = int(self.headers['Content-Length'])
                with open(path, 'wb') as file:
                    while left:
                        piece = self.rfile.read(min(left, 1 << 16))
                        file.write(piece)
                        left -= len(piece)
                self.send_response(204)
                self.end_headers()
            def do_GET(self):
                with open(path, 'rb') as file: data = file.read()
                self.send_response(200)
                self.send_header('Content-Type', 'application/octet-stream')
                self.send_header('Content-Length', str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            def log_message(self, *_): pass
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Store)
        print('listening', server.server_address[1], flush=True)
        server.serve_forever()
        """

    @Test(
        .enabled(
            if: Tool.areInstalled("curl", "cmp", "python3"), "curl, cmp or python3 is missing"))
    func `100 MB up and down through a Python API arrive byte for byte`() throws {
        let folder = try ScratchFolder()
        let path = folder.path
        let api = try StartedProgram(
            try #require(Tool.path("python3")), ["-c", Self.store, path + "/stored"])
        let gate = try TestGate(
            """
            hosts: [localhost]
            listeners: [{ address: "127.0.0.1:0" }]
            admin: { enabled: false }
            upstreams: { store: { servers: ["http://127.0.0.1:\(try api.listeningPort())"] } }
            routes:
              - { path: /file, methods: [GET, PUT], access: anyone, upstream: store, body-max: 100MiB }
            input: { content-types: ["*/*"] }
            limits: []
            """)
        _ = try Tool("bash", ["-c", "head -c 104857600 /dev/urandom >\(path)/sent"])
        let up = try gate.curl("/file", "--http1.1", "-T", path + "/sent")
        #expect(up.status == 204, "\(up)")
        #expect(try Tool("cmp", [path + "/sent", path + "/stored"]).code == 0)
        let down = try gate.curl(
            "/file", "--http1.1", "-o", path + "/received", "-D", "-", "--no-include")
        #expect(down.status == 200 && down["Content-Length"] == "104857600", "\(down)")
        #expect(try Tool("cmp", [path + "/sent", path + "/received"]).code == 0)
        _ = try Tool("bash", ["-c", "printf x >>\(path)/sent"])
        #expect(try gate.curl("/file", "-T", path + "/sent").status == 413)
    }
}
