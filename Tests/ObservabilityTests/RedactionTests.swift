import GatehouseCore
import Testing

@testable import GatehouseObservability

private let jwt =
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

@Suite struct RedactionTests {
    @Test(arguments: [
        ("Bearer abcdef123456", "Bearer [redacted]"),
        ("sent bearer sekrit", "sent bearer [redacted]"),
        ("BEARER+abc123", "BEARER+[redacted]"),
        ("Basic YWxhZGRpbjpvcGVuc2VzYW1l", "Basic [redacted]"),
        (jwt, "[redacted]"),
        ("token was \(jwt), sorry", "token was [redacted], sorry"),
        ("/reset/\(jwt)", "/reset/[redacted]"),
        ("xx\(jwt)", "xx[redacted]"),
        ("AKIAIOSFODNN7EXAMPLE", "[redacted]"),
        ("id=AKIAIOSFODNN7EXAMPLE;", "id=[redacted];"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "[redacted]"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[redacted]"),
        ("github_pat_11ABCDEFG0abcdefghij_KLMNOP", "[redacted]"),
        ("xoxb-2401-2402-abcdefgh", "[redacted]"),
        ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "[redacted]"),
        ("whsec_abcdefghijklmnop123456", "[redacted]"),
        ("at https://bob:hunter2@example.com/x", "at https://[redacted]@example.com/x"),
        ("redis://:pw@h", "redis://[redacted]@h"),
        ("postgres://u:a/b@c@host/db", "postgres://[redacted]@host/db"),
        ("https://token@example.com", "https://[redacted]@example.com"),
        ("card 4111 1111 1111 1111 exp", "card [redacted] exp"),
        ("4111-1111-1111-1111", "[redacted]"),
        ("4111111111111111", "[redacted]"),
        ("378282246310005", "[redacted]"),
        ("4222222222222", "[redacted]"),
        ("n 4111 1111 1111 1111 12/27", "n [redacted] 12/27"),
        ("12 4111111111111111", "12 [redacted]"),
        ("4111%201111%201111%201111", "[redacted]"),
    ])
    func `takes out a secret by its shape`(text: String, expected: String) {
        #expect(Redaction.text(text) == expected)
    }

    @Test func `takes out a private key, also without its end`() {
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7"
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
            let key = "-----BEGIN \(label)-----\n\(body)\n-----END \(label)-----"
            #expect(Redaction.text("key:\n\(key)\nafter") == "key:\n[redacted]\nafter")
            #expect(Redaction.text("-----BEGIN \(label)-----\n\(body)") == "[redacted]")
        }
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
        #expect(Redaction.text(certificate) == certificate)
    }

    @Test(arguments: [
        ("password=hunter2", "password=[redacted]"),
        ("login failed: password=hunter2&user=bob", "login failed: password=[redacted]&user=bob"),
        ("Password: correct horse battery", "Password: [redacted]"),
        (
            #"{"user":"bob","password":"hunter2","n":1}"#,
            #"{"user":"bob","password":"[redacted]","n":1}"#
        ),
        (#"{"a":{"b":[{"accessToken":"x"}]}}"#, #"{"a":{"b":[{"accessToken":"[redacted]"}]}}"#),
        (#"{"password":"a\"b"}"#, #"{"password":"[redacted]"}"#),
        (#"{\"otp\":\"123\",\"n\":1}"#, #"{\"otp\":\"[redacted]\",\"n\":1}"#),
        (#"{"otp":0,"n":1}"#, #"{"otp":[redacted],"n":1}"#),
        (#"{"card":{"no":"1","x":{}},"n":1}"#, #"{"card":[redacted],"n":1}"#),
        ("Cookie: sid=1; theme=dark\nnext", "Cookie: [redacted]\nnext"),
        ("set-cookie: a=b; HttpOnly", "set-cookie: [redacted]"),
        ("Authorization: Basic Zm9v", "Authorization: [redacted]"),
        ("x-api-key: abc def", "x-api-key: [redacted] def"),
        ("token: Bearer abc", "token: [redacted]"),
        ("GET /a?token=abc&page=2", "GET /a?token=[redacted]&page=2"),
        ("list[0].token=abc rest", "list[0].token=[redacted] rest"),
        ("user[password]=x&a=1", "user[password]=[redacted]&a=1"),
        ("api_key => 'abc'", "api_key => '[redacted]'"),
        ("Server=db;Password=x;User=y", "Server=db;Password=[redacted]"),
    ])
    func `takes out what stands behind a secret's name`(text: String, expected: String) {
        #expect(Redaction.text(text) == expected)
    }

    @Test(arguments: [
        "/a%3Fto%6ben=hunter2", "/cb/next%3Dx%26access_token%3Dhunter2", "pass%77ord=hunter2",
        "%2570assword%253Dhunter2", "/%65yJhbGciOiJIUzI1NiJ9hunter2.e30.x",
        "https:%2F%2Fbob:hunter2@h", "password=%26hunter2",
    ])
    func `is not deceived by percent-encoding`(text: String) {
        #expect(!Redaction.text(text).contains("hunter2"))
        #expect(Redaction.text(text).contains("[redacted]"))
    }

    @Test(arguments: [
        "", "GET /api/items/42?page=2", "upstream 'api' refused: connection reset",
        "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
        "Basic usage of the API", "basic authentication required", "bearer token missing",
        "unknown key: kid-7", "time 1700000000000", "id 550e8400-e29b-41d4-a716-446655440000",
        "4111111111111112", "12:30:45", "http://[::1]:8080/a", "https://example.com:8443/@bob",
        "tokens_used: 12", "skip-this-locale", "100% sure", "sha256 of eyJ", "=:=:=", "://@",
        "password=", "a/b?c", "naïve – text",
    ])
    func `leaves ordinary text alone`(text: String) {
        #expect(Redaction.text(text) == text)
    }

    @Test func `changes nothing when done twice`() {
        for text in ["password=x y", "Bearer abcdef1", "Cookie: a=b", #"{"otp":"1"}"#] {
            let once = Redaction.text(text)
            #expect(Redaction.text(once) == once)
        }
    }

    @Test func `cuts long text, and does not show half a secret at the cut`() {
        let long = String(repeating: "x ", count: 2_000)
        let cut = Redaction.text(long)
        #expect(cut.utf8.count < 2_100 && cut.hasSuffix("…[cut: 4000 bytes]"))
        for shift in 0..<20 {
            let padding = String(repeating: "x", count: 90 - shift) + " "
            let text = Redaction.text(padding + "4111111111111111" + " tail tail tail", limit: 96)
            #expect(!text.contains("4111"))
        }
        let umlauts = Redaction.text(String(repeating: "ü", count: 100), limit: 99)
        #expect(umlauts.hasPrefix(String(repeating: "ü", count: 49) + "…["))
    }

    @Test(arguments: [
        ":", "=", "a:", "a=", "://", "x:y://", "-----BEGIN ", "eyJ", "1 ", "1-", "bearer ", "sk-",
        "password=", "\"", "{", "password={", "password=\"", "%25", "%", "\\\"", "token=[", "😀",
    ])
    func `stays linear on text that is made to be slow`(unit: String) {
        let text = Array(String(repeating: unit, count: 20_000 / unit.utf8.count).utf8)
        let start = MonotonicTime.now
        var output: [UInt8] = []
        var scratch = RedactionScratch()
        Redaction.append(text.raw, limit: 20_000, to: &output, using: &scratch)
        // Squared cost would be minutes; the bound only tells the two apart.
        #expect(MonotonicTime.now - start < .seconds(20))
    }

    @Test func `escapes every byte at every place as the slow way does`() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<18 {
                var text = [UInt8](repeating: 0x61, count: 18)
                text[place] = byte
                var escaped: [UInt8] = []
                escaped.append(jsonEscaped: text.raw)
                var slow: [UInt8] = []
                for index in text.indices {
                    // One byte at a time never takes the path of eight.
                    slow.append(jsonEscaped: text.raw.extracting(index..<index + 1))
                }
                #expect(escaped == slow)
                #expect(text.raw.holdsPercent == (byte == 0x25))
            }
        }
        for byte in UInt8.min...0x1F {
            var escaped: [UInt8] = []
            escaped.append(jsonEscaped: [UInt8](repeating: byte, count: 9).raw)
            #expect(escaped.allSatisfy { $0 >= 0x20 } && escaped.count >= 18)
        }
    }

    @Test func `survives bytes that are no text`() {
        var generator = SystemRandomNumberGenerator()
        var scratch = RedactionScratch()
        let alphabet =
            Array("%25 :=\"'{}[]\\@/-eyJBearer4111\u{0}password&;,\n".utf8) + [0xFF, 0xC2]
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator)!
            }
            var output: [UInt8] = []
            Redaction.append(bytes.raw, limit: 100, to: &output, using: &scratch)
            #expect(output.count < 200)
        }
    }
}
