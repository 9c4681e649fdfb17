import Foundation
import TestSupport
import Testing

/// Tokens and key sets that another language's library made (PyJWT), at the running gate.
@Suite(
    .enabled(
        if: Tool.areInstalled("curl") && Tool.hasPythonPackage("jwt, cryptography"),
        "PyJWT and cryptography are not installed in .venv"))
struct ForeignTokenTests {
    private struct Made: Decodable {
        let good: [String: String]
        let bad: [String: String]
        let secret: String
    }

    private static let configuration = """
        hosts: [localhost]
        listeners: [{ address: "127.0.0.1:0" }]
        admin: { enabled: false }
        routes: [{ path: /, methods: [GET], access: signed-in, respond: { body: welcome } }]
        limits: []
        tokens:
          issuers:
            - issuer: https://id.example.com
              audience: api
              jwks: keys.json
              keys: [{ kid: key-HS256, algorithm: HS256, secret: { file: token.secret } }]
        """

    @Test func `manipulated tokens are refused and genuine ones accepted`() throws {
        let script = Tool.root + "/Tests/GatewayTests/Clients/tokens.py"
        let tool = try Tool(python: [script, "https://id.example.com", "api"])
        let data = Data(tool.output.utf8)
        let made = try JSONDecoder().decode(Made.self, from: data)
        let whole = try #require(
            try JSONSerialization.jsonObject(with: data) as? [String: Any], "\(tool.error)")
        let folder = try ScratchFolder()
        let keys = try JSONSerialization.data(withJSONObject: try #require(whole["jwks"]))
        try folder.write(String(decoding: keys, as: UTF8.self), "keys.json")
        try folder.write(made.secret, "token.secret")
        _ = unsafe chmod(folder.path + "/token.secret", 0o600)
        let gate = try TestGate(Self.configuration, folder: folder)

        for (name, token) in made.bad {
            let answer = try gate.curl("/", "-H", "Authorization: Bearer \(token)")
            #expect(answer.status == 401, "\(name)")
            #expect(answer["WWW-Authenticate"]?.contains("error=\"invalid_token\"") == true)
        }
        for (name, token) in made.good {
            let answer = try gate.curl("/", "-H", "Authorization: Bearer \(token)")
            #expect(answer.status == 200 && answer.body == "welcome", "\(name): \(answer)")
        }
        #expect(made.bad.count > 60 && made.good.count == 10)
        print("PyJWT tokens: \(made.bad.count) refused, \(made.good.count) accepted")
    }
}
