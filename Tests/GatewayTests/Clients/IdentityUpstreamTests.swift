import Foundation
import Gatehouse
import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import TestSupport
import Testing

/// APIs in other languages behind the gate: the examples of `docs/IDENTITY.md`.
@Suite struct IdentityUpstreamTests {
    static let hasExpress =
        Tool.areInstalled("node", "curl")
        && FileManager.default.fileExists(atPath: "/usr/share/nodejs/express")
    static let hasPyJWT = Tool.areInstalled("curl") && Tool.hasPythonPackage("jwt, cryptography")
    private static let examples = Tool.root + "/Examples/identity"

    /// The gate in front of a program that reads its key set from another gate of the same folder.
    private struct Scene {
        let api: StartedProgram
        let direct: UInt16
        let gate: TestGate
        let signer: IdentityTokenSigner

        init(_ program: String, _ script: String, keySetIsFile: Bool) throws {
            let folder = try ScratchFolder()
            try folder.write(TokenMaker.secret, "token.secret")
            _ = unsafe chmod(folder.path + "/token.secret", 0o600)
            let first = try TestGate(Self.configuration(upstream: 1), folder: folder)
            signer = try IdentityTokenSigner(folder: folder.path + "/data")
            try folder.write(String(decoding: signer.keySet, as: UTF8.self), "keys.json")
            api = try StartedProgram(
                program, [script],
                environment: [
                    "PORT": "0", "NODE_PATH": "/usr/share/nodejs", "AUDIENCE": "shop",
                    "KEY_SET": keySetIsFile ? folder.path + "/keys.json" : first.keySet,
                ])
            direct = try api.listeningPort()
            gate = try TestGate(Self.configuration(upstream: direct), folder: folder)
            // Held until here: the API may ask it for the keys when it starts.
            #expect(try first.curl(first.keySet).body == folder.text("keys.json"))
            if !keySetIsFile { warm = first }
        }

        /// Serves the key set.
        private var warm: TestGate?

        private static func configuration(upstream: UInt16) -> String {
            """
            hosts: [localhost]
            listeners: [{ address: "127.0.0.1:0" }]
            admin: { address: "127.0.0.1:0" }
            upstreams: { shop: { servers: ["http://127.0.0.1:\(upstream)"] } }
            routes:
              - { path: /api/*, methods: [GET, POST], access: signed-in, upstream: shop, body-max: 32MiB }
            input: { content-types: [application/octet-stream] }
            limits: []
            \(TokenMaker.issuer)
            """
        }

        /// A request past the gate, with an identity of somebody's making.
        func past(_ identity: String?) throws -> CurlAnswer {
            let field = identity.map { ["-H", "Gatehouse-Identity: \($0)"] } ?? []
            return try gate.curl("http://127.0.0.1:\(direct)/api/me", field)
        }

        func through(_ path: String, _ arguments: String...) throws -> CurlAnswer {
            let token = try TokenMaker.token("alice", roles: ["admin"])
            return try gate.curl(path, ["-H", "Authorization: Bearer \(token)"] + arguments)
        }
    }

    /// What must not be believed, each with a name.
    private func forgeries(_ scene: Scene) throws -> [(String, String?)] {
        let now = WallTime.now
        let alice = Principal(
            subject: "alice", roles: ["admin"], issuer: "test",
            expires: WallTime(seconds: now.seconds + 3_600))
        let good = String(
            decoding: scene.signer.sign(alice, audience: "shop", now: now), as: UTF8.self)
        #expect(try scene.past(good).status == 200)
        let parts = good.split(separator: ".").map(String.init)
        let stranger = try IdentityTokenSigner(key: try PrivateKey.generate(.ed25519))
        func signed(_ signer: IdentityTokenSigner, _ audience: String, _ at: Int64) -> String {
            let time = WallTime(seconds: at)
            return String(
                decoding: signer.sign(alice, audience: audience, now: time), as: UTF8.self)
        }
        let other = signed(stranger, "shop", now.seconds).split(separator: ".").map(String.init)
        let payload = Array(parts[1].utf8)
        guard let claims = Base64URL.decode(payload.raw) else { return [] }
        let root = String(decoding: claims, as: UTF8.self)
            .replacingOccurrences(of: "alice", with: "root")
        let none = TokenMaker.encoded(
            Array(#"{"alg":"none","typ":"gatehouse-identity+jwt"}"#.utf8))
        return [
            ("nothing", nil), ("no token", "alice"), ("two parts", parts[0] + "." + parts[1]),
            ("alg none", none + "." + parts[1] + "."),
            ("an unknown key", other.joined(separator: ".")),
            ("a stranger's signature under our kid", parts[0] + "." + other[1] + "." + other[2]),
            (
                "changed claims",
                parts[0] + "." + TokenMaker.encoded(Array(root.utf8)) + "." + parts[2]
            ),
            ("no signature", parts[0] + "." + parts[1] + "."),
            ("another service's", signed(scene.signer, "billing", now.seconds)),
            ("expired", signed(scene.signer, "shop", now.seconds - 300)),
            ("from the future", signed(scene.signer, "shop", now.seconds + 300)),
        ]
    }

    private func check(_ scene: Scene) throws {
        for (name, forged) in try forgeries(scene) {
            #expect(try scene.past(forged).status == 403, "\(name)")
        }
        #expect(try scene.gate.curl("/api/me").status == 401)
        let forged = try scene.gate.curl("/api/me", "-H", "Gatehouse-Identity: alice")
        #expect(forged.status == 401)
        let answer = try scene.through("/api/me", "-H", "Gatehouse-Identity: root")
        #expect(answer.status == 200, "\(answer)")
        let body = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        #expect(body?["sub"] as? String == "alice")
        #expect(body?["roles"] as? [String] == ["admin"])
    }

    @Test(.enabled(if: hasExpress, "nodejs and node-express are not installed"))
    func `an Express API refuses forged identities and believes the gate's`() throws {
        let node = try #require(Tool.path("node"))
        let scene = try Scene(node, Self.examples + "/api.mjs", keySetIsFile: false)
        try check(scene)
        let broken = try scene.through("/api/broken")
        #expect(broken.status == 500)
        #expect(!broken.description.contains("database") && broken["X-Powered-By"] == nil)
        #expect(broken["Content-Type"] == "application/problem+json")
    }

    private static let anyBytes = "Content-Type: application/octet-stream"

    @Test(.enabled(if: hasExpress, "nodejs and node-express are not installed"))
    func `an Express API gets chunked and counted uploads whole`() throws {
        let node = try #require(Tool.path("node"))
        let scene = try Scene(node, Self.examples + "/api.mjs", keySetIsFile: true)
        let file = scene.gate.folder.path + "/upload"
        try Data(count: 20 << 20).write(to: URL(fileURLWithPath: file))
        let counted = try scene.through(
            "/api/count", "-H", Self.anyBytes, "--data-binary", "@" + file)
        #expect(counted.body == #"{"bytes":20971520}"#, "\(counted)")
        let chunked = try scene.through(
            "/api/count", "-H", Self.anyBytes, "-H", "Transfer-Encoding: chunked", "--data-binary",
            "@" + file)
        #expect(chunked.body == #"{"bytes":20971520}"#, "\(chunked)")
    }

    @Test(.enabled(if: hasPyJWT, "PyJWT and cryptography are not installed in .venv"))
    func `a Python API refuses forged identities and believes the gate's`() throws {
        let python = try #require(Tool.path("python"))
        try check(try Scene(python, Self.examples + "/api.py", keySetIsFile: true))
    }
}
