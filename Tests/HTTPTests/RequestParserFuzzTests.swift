import GatehouseCore
import Testing

@testable import GatehouseHTTP

/// The verdict on a request depends on its bytes alone, and what is taken means the same when it is
/// written again: tried with seeded mutations of good and bad requests.
@Suite struct RequestParserFuzzTests {
    private static let seeds = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nPOST /a/%20b?c=%2F HTTP/1.0\r\nHost: a.test:80\r\nContent-Length: 3\r\n\r\nabc",
        "PUT /x HTTP/1.1\r\nhost: [::1]:8080\r\nTransfer-Encoding: "
            + "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close, te\r\nX: \ty \r\nZ:\r\n\r\nGET /",
        "GET http://a.test/x?y HTTP/1.1\r\nHost: A.test\r\nExpect: 100-continue\r\n\r\n",
        "GET /\(String(repeating: "long/", count: 80)) HTTP/1.1\r\nHost: a\r\n"
            + "Cookie: \(String(repeating: "a=b\t; ", count: 80))\r\n\r\n",
    ]

    /// What mutations put in: bytes that parsers trip over.
    private static let pieces = [
        "\r\n", "\r", "\n", "\r\n\r\n", " ", "\t", ":", "\0", "\u{7F}", "%", "%2e", "%00", "/",
        "//",
        "/../", ";", "\\", "#", "?", "Host: b\r\n", "Content-Length: 1\r\n", ",", "HTTP/1.1",
        "Transfer-Encoding: chunked\r\n", "Connection: host\r\n", "é", "0", "\r\n ", "A",
    ]

    private static let limits = HeadLimits(headBytesMax: 1_200, fieldsMax: 6, lineMax: 600)

    @Test func `gives one verdict however the bytes are cut`() {
        var generator = SeededGenerator(state: 9_112)
        var taken = 0
        for round in 0..<20_000 {
            let bytes = mutated(&generator)
            let whole = judge(bytes, limits: Self.limits)
            let cuts = cuts(bytes.count, round, &generator)
            let pieces = judge(bytes, cuts: cuts, limits: Self.limits)
            if whole != pieces {
                Issue.record("round \(round): \(whole) but in pieces \(pieces)\n\(bytes)")
                return
            }
            if let facts = whole.facts {
                taken += 1
                checkRewritten(facts)
            }
        }
        // Mutations must leave enough requests whole for the test to mean anything.
        #expect(taken > 500)
    }

    @Test func `gives one verdict on responses however the bytes are cut`() {
        let seed = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: y\r\nConnection: close\r\n\r\nabc"
        var generator = SeededGenerator(state: 7_230)
        for round in 0..<5_000 {
            let bytes = mutate(Array(seed.utf8), &generator)
            let whole = judgeResponse(bytes)
            #expect(whole == judgeResponse(bytes, cuts: cuts(bytes.count, round, &generator)))
        }
    }

    private func mutated(_ generator: inout SeededGenerator) -> [UInt8] {
        mutate(Array(Self.seeds.randomElement(using: &generator)!.utf8), &generator)
    }

    private func mutate(_ seed: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                let piece = Self.pieces.randomElement(using: &generator)!
                bytes.insert(contentsOf: Array(piece.utf8), at: place)
            case 1:
                let end = min(bytes.count, place + Int.random(in: 1...8, using: &generator))
                bytes.removeSubrange(place..<end)
            case 2:
                guard place < bytes.count else { continue }
                bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
            default:
                let end = min(bytes.count, place + Int.random(in: 1...400, using: &generator))
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
            }
        }
        return bytes
    }

    /// Byte by byte in every fourth round, else at random places.
    private func cuts(
        _ count: Int, _ round: Int, _ generator: inout SeededGenerator
    ) -> [Int] {
        if round % 4 == 0 { return Array(0...count) }
        let places = (0..<6).map { _ in Int.random(in: 0...count, using: &generator) }
        return places.sorted() + [count]
    }

    /// Writing a head and reading it again changes nothing.
    private func checkRewritten(_ facts: HeadFacts) {
        var text = "\(facts.method) \(facts.target) HTTP/1.\(facts.minorVersion)\r\n"
        for line in facts.lines { text += line[..<line.lastIndex(of: " ")!] + "\r\n" }
        guard let again = judge(text + "\r\n", limits: HeadLimits()).facts else {
            // Text of bytes that are no UTF-8 is another text.
            #expect(text.contains("\u{FFFD}"))
            return
        }
        var expected = facts
        expected.byteCount = again.byteCount
        #expect(again == expected)
    }
}
