import Foundation
import Testing

@Suite struct ScenarioFileTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Scenarios")

    /// All scenario files, by name without `.txt`.
    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
    }

    static func text(of name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name + ".txt"), encoding: .utf8)
    }

    @Test(arguments: [
        ("", 1, "say in a # comment"), ("text\n", 1, "text before"),
        ("# a\n=== nonsense\n", 2, "no such section"), ("# a\n=== response\n200\n", 2, "before it"),
        ("# a\n=== request x\nGET /\n", 2, "without a response"),
        ("# a\n=== request x; over there\nGET /\n", 2, "no such attribute"),
        ("# a\n=== request x; same connection\nGET /\n", 2, "no connection"),
        ("# a\n=== request x\nGET /\\q\n", 3, "no such escape"),
        ("# a\n=== request x\nGET /\\x1\n", 3, "two hexadecimal"),
        ("# a\n=== request x\nGET /\n=== response\nfine\n", 5, "STATUS"),
        ("# a\n=== request x\nGET /\n=== response\n200\nName value\n", 6, "Name: value"),
        ("# a\n=== request x\nGET /\n=== response\n200\n=== response\n200\n", 6, "second"),
        ("# a\n=== token t\nsigned k\n", 2, "header and claims"),
        ("# a\n=== config\na: 1\n=== config\nb: 1\n", 4, "second config"),
        ("# a\n=== request x\nGET /\n=== response\n200\n\n~ a\nb\n", 8, "every line"),
    ])
    func `refuses what it does not understand, and says where`(
        _ text: String, _ line: Int, _ message: String
    ) {
        do throws(ScenarioError) {
            _ = try ScenarioFile(parsing: text)
            Issue.record("parsed")
        } catch {
            #expect(error.line == line)
            #expect(error.message.contains(message), "\(error)")
        }
    }

    private static let whole = """
        # Shows a thing
        # (RFC 1).

        === use standard
        === config
        limits: []

        === token old
        header {"alg":"HS256"}
        claims {"exp":<now-60>}
        signed k1

        === request first; over http
        POST /a HTTP/1.1
        Host: b

        hello
        world

        === answer
        closes

        === response
        401 token-expired closes
        WWW-Authenticate ~ Bearer
        !Server
        Via: *

        ~ part
        !~ secret

        === upstream
        nothing

        === log
        ~ expired

        === request second; same connection
        GET /<token old> HTTP/1.1
        === response
        200

        (empty)
        === upstream
        GET /x HTTP/1.1
        Host: b
        """

    @Test func `reads a whole file`() throws {
        let file = try ScenarioFile(
            parsing: Self.whole)
        #expect(file.title == "Shows a thing (RFC 1).")
        #expect(file.base == "standard")
        #expect(file.configuration == "limits: []\n")
        let token = try #require(file.tokens.first)
        #expect(token.key == "k1")
        #expect(token.claims.placeholders == ["now-60"])
        let first = try #require(file.exchanges.first)
        #expect(first.label == "first" && first.listener == "http" && !first.sameConnection)
        #expect(first.request == ScenarioText("POST /a HTTP/1.1\r\nHost: b\r\n\r\nhello\r\nworld"))
        #expect(first.answer == .closes)
        #expect(first.response.status == 401 && first.response.code == "token-expired")
        #expect(first.response.closes)
        #expect(first.response.fields.map(\.name) == ["WWW-Authenticate", "Server", "Via"])
        #expect(first.response.fields.map(\.kind).dropFirst() == [.absent, .present])
        #expect(first.response.body == .contains([.init("part")], not: [.init("secret")]))
        #expect(first.upstream == .nothing)
        #expect(first.log == .contains([.init("expired")], not: []))
        let second = try #require(file.exchanges.last)
        #expect(second.sameConnection && second.request.placeholders == ["token old"])
        #expect(second.response.body == .equals(ScenarioText()))
        let host = FieldExpectation(name: "Host", kind: .equals(.init("b")))
        #expect(
            second.upstream == .request(line: .init("GET /x HTTP/1.1"), fields: [host], body: .any))
    }

    @Test(arguments: [
        ("GET / HTTP/1.1", "GET / HTTP/1.1\r\n\r\n"),
        ("GET / HTTP/1.1\\n\\\nHost: a", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        ("GET /\\", "GET /"),
        ("A: b\\s\\t\\0\\x7f\\\\\\<x>", "A: b \t\u{0}\u{7F}\\<x>\r\n\r\n"),
        ("P / H\n\n5\nhello\n0\\r\\n\\r\\n", "P / H\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        ("GET /<b>x</b><A> H", "GET /?x</b><A> H\r\n\r\n"),
    ])
    func `sends exactly the bytes that are meant`(_ lines: String, _ bytes: String) throws {
        let file = try ScenarioFile(
            parsing: "# a\n=== request x\n\(lines)\n\n=== response\n200\n")
        let sent = file.exchanges[0].request.bytes { _ in [UInt8(ascii: "?")] }
        #expect(String(decoding: sent, as: UTF8.self) == bytes)
    }

    @Test func `puts a file's own parts after those of its base`() throws {
        let base = try ScenarioFile(
            parsing: """
                # a
                === config
                a: 1
                === token t
                header {}
                claims {"x":1}
                unsigned
                """)
        let own = try ScenarioFile(
            parsing: """
                # b
                === use a
                === config
                b: 2
                === token t
                header {}
                claims {"x":2}
                unsigned
                """)
        let whole = own.based(on: base)
        #expect(whole.configuration == "a: 1\nb: 2\n")
        #expect(whole.tokens.map(\.claims) == [.init("{\"x\":2}")])
    }

    @Test func `reads every scenario of the project`() throws {
        let names = try Self.names()
        var exchanges = 0
        for name in names {
            do {
                let file = try ScenarioFile(parsing: try Self.text(of: name))
                exchanges += file.exchanges.count
                if let base = file.base { #expect(names.contains(base), "\(name) uses \(base)") }
                try expectKnownPlaceholders(in: file, name)
            } catch { Issue.record("\(name).txt: \(error)") }
        }
        #expect(names.count > 20 && exchanges > 60)
        print("scenarios: \(names.count) files, \(exchanges) exchanges")
    }

    private func expectKnownPlaceholders(in file: ScenarioFile, _ name: String) throws {
        let base = try file.base.map { try ScenarioFile(parsing: try Self.text(of: $0)) }
        let tokens = Set((base.map(file.based) ?? file).tokens.map(\.name))
        for placeholder in file.exchanges.flatMap(\.request.placeholders) {
            guard placeholder.hasPrefix("token ") else { continue }
            #expect(tokens.contains(String(placeholder.dropFirst(6))), "\(name): \(placeholder)")
        }
    }
}
