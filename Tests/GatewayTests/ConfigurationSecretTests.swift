import GatehouseCore
import Testing

@testable import Gatehouse

/// A secret stays out of every text that the configuration can become.
@Suite struct ConfigurationSecretTests {
    private static let word = "hunter2"

    private func issues(_ text: String) -> String {
        do throws(ConfigurationIssues) {
            _ = try Fixture.read(text)
            return ""
        } catch {
            var dumped = ""
            dump(error, to: &dumped)
            return error.description + dumped + "\(error)" + String(reflecting: error)
        }
    }

    /// Every way that we could think of to put a secret where it does not belong.
    static let slips = [
        "secret: hunter2", "secret: \"hunter2\"", "secret: >\n  hunter2\n  hunter2",
        "secret: [hunter2]", "secret: { value: hunter2 }", "secret: { env: hunter2 }",
        "secret: { env: [hunter2] }", "secret: { env: JWT_SECRET, evn: hunter2 }",
        "Secret: hunter2", "secrt: hunter2", "sercet: hunter2", "SECRET_KEY: hunter2",
        "client-secret: hunter2", "password: hunter2", "token: hunter2", "private-key: hunter2",
        "value: hunter2", "k: hunter2", "secret: { file: token.secret }, secret2: hunter2",
        "public-key: \"-----BEGIN hunter2\"", "secret: \"hunter2", "secret: hunter2\n\t- x: [",
        "secret:\n            hunter2: [", "secret: &a hunter2", "secret: !!str hunter2",
        "secret: hunter2, secret: hunter2", "secret: http://a:hunter2@b",
    ]

    @Test(arguments: slips) func `is not shown by an error about`(_ slip: String) {
        let flow = """
            tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, \(slip) }] }] }

            """
        let lines = slip.split(separator: "\n").joined(separator: "\n          ")
        let block = """
            tokens:
              issuers:
                - issuer: a
                  audience: b
                  keys:
                    - kid: k
                      algorithm: HS256
                      \(lines)

            """
        // Elsewhere a name must give away that it holds a secret.
        let isNamed = !["value", "k:", "public"].contains { slip.hasPrefix($0) }
        for text in [flow, block] + (isNamed ? ["\(slip)\n"] : []) {
            let shown = issues(text + Fixture.routes)
            #expect(!shown.isEmpty)
            #expect(!shown.contains(Self.word), "\(text)\n\(shown)")
        }
    }

    @Test func `is not shown by the configuration itself`() throws {
        let text = """
            tokens:
              issuers:
                - issuer: a
                  audience: b
                  keys: [{ algorithm: HS256, secret: { env: JWT_SECRET } }]

            """
        let file = try Fixture.read(text + Fixture.routes)
        var dumped = ""
        dump(file, to: &dumped)
        let shown =
            dumped + "\(file)" + String(reflecting: file)
            + file.warnings.map(\.description).joined()
        #expect(shown.contains("[redacted]"))
        #expect(!shown.contains("battery"))
        // Nor as the numbers of its bytes.
        #expect(!shown.contains("99, 111, 114, 114"))
        #expect(!shown.contains("99\n"))
    }

    @Test func `loses exactly one final newline`() {
        #expect(Array("a\n".utf8).withoutFinalNewline == Array("a".utf8))
        #expect(Array("a\r\n".utf8).withoutFinalNewline == Array("a".utf8))
        #expect(Array("a\n\n".utf8).withoutFinalNewline == Array("a\n".utf8))
        #expect(Array("a\r".utf8).withoutFinalNewline == Array("a\r".utf8))
        #expect([UInt8]().withoutFinalNewline == [])
        #expect(Array("\n".utf8).withoutFinalNewline == [])
    }
}
