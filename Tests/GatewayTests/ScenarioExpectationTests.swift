import Testing

@Suite struct ScenarioExpectationTests {
    private let problem = ReceivedMessage(
        head: Array(
            """
            HTTP/1.1 403 Forbidden\r
            Content-Type: application/problem+json\r
            Vary: Origin\r
            vary: Accept\r

            """.utf8),
        body: Array(#"{"type":"https://gatehouse.example/problems/forbidden","status":403}"#.utf8))

    @Test(arguments: [
        ("200", ["status 403, expected 200"]), ("403 token-missing", ["problem forbidden"]),
        ("403\nVary: Origin", ["Vary: Origin, Accept"]), ("403\n!VARY", ["Vary", "absent"]),
        ("403\nServer: *", ["Server: absent"]), ("403\nVary ~ Cookie", ["Vary"]),
        ("403\n\n~ missing", ["no “missing”"]), ("403\n\n!~ forbidden", ["“forbidden” in"]),
        ("403\n\n(empty)", ["expected “”"]), ("closes", ["status 403, expected 0"]),
    ])
    func `says what differs`(_ section: String, _ parts: [String]) throws {
        let found = try mismatches(section).joined(separator: "\n")
        #expect(!found.isEmpty)
        #expect(parts.allSatisfy { found.lowercased().contains($0.lowercased()) }, "\(found)")
    }

    @Test(arguments: [
        "403 forbidden", "403\nVary: Origin, Accept\n!Server\nContent-Type ~ problem",
        "403\n\n~ \"status\":403\n!~ stack",
    ])
    func `finds nothing where nothing differs`(_ section: String) throws {
        #expect(try mismatches(section) == [])
    }

    @Test func `compares what the upstream saw`() throws {
        let seen = try #require(
            ReceivedMessage(head: Array("GET /a HTTP/1.1\r\nHost: b\r\n".utf8), body: []))
        let nothing = UpstreamExpectation.nothing
        #expect(try nothing.mismatches(with: [seen]) { _ in [] }.count == 1)
        #expect(try nothing.mismatches(with: []) { _ in [] } == [])
        let wanted = UpstreamExpectation.request(
            line: .init("GET /a HTTP/1.1"),
            fields: [.init(name: "host", kind: .equals(.init("b")))], body: .equals(.init("")))
        #expect(try wanted.mismatches(with: [seen]) { _ in [] } == [])
        #expect(try wanted.mismatches(with: []) { _ in [] }.count == 1)
        #expect(try wanted.mismatches(with: [seen, seen]) { _ in [] }.count == 1)
    }

    private func mismatches(_ section: String) throws -> [String] {
        let file = try ScenarioFile(
            parsing: "# a\n=== request x\nGET / HTTP/1.1\n=== response\n\(section)\n")
        let received = try #require(problem)
        return try file.exchanges[0].response.mismatches(with: received) { _ in [] }
    }
}
