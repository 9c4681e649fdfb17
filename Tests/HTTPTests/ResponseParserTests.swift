import GatehouseCore
import Testing

@testable import GatehouseHTTP

@Suite struct ResponseParserTests {
    @Test(arguments: [
        ("HTTP/1.1  200 OK\r\n", ParseError.statusMalformed),
        ("HTTP/1.1 2 OK\r\n", .statusMalformed),
        ("HTTP/1.1 2000 OK\r\n", .statusMalformed),
        ("HTTP/1.1 099 OK\r\n", .statusMalformed),
        ("HTTP/1.1 600 OK\r\n", .statusMalformed),
        ("HTTP/1.1\t200 OK\r\n", .versionMalformed),
        ("HTP/1.1 200 OK\r\n", .versionMalformed),
        ("HTTP/2.0 200 OK\r\n", .versionUnsupported),
        ("HTTP/0.9 200 OK\r\n", .versionUnsupported),
        ("\r\nHTTP/1.1 200 OK\r\n", .versionMalformed),
        ("HTTP/1.1 200 OK\n", .bareLF),
        ("HTTP/1.1 200\n", .bareLF),
        ("HTTP/1.1 200 OK\rX", .bareCR),
        ("HTTP/1.1 200 O\u{0}K\r\n", .controlByte),
        ("HTTP/1.1 200 \(String(repeating: "x", count: 300))\r\n", .reasonMalformed),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", .switchingUnrequested),
        ("HTTP/1.1 200 OK\r\n A: b\r\n\r\n", .obsFold),
        ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", .obsFold),
        ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", .spaceInFieldName),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            .contentLengthWithTransferEncoding
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            .contentLengthRepeated
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1,1\r\n\r\n", .contentLengthMalformed),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .transferEncodingUnsupported),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
        ("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", .bodyForbidden),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", .bodyForbidden),
        ("HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n", .bodyForbidden),
    ]) func `refuses a head that could be read in two ways`(bytes: String, error: ParseError) {
        #expect(judgeResponse(bytes) == .refused(error))
    }

    @Test(
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5", "GET", BodyFraming.length(5), true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0", "GET", .none, true),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked", "GET", .chunked, true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5", "HEAD", .none, true),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "HEAD", .none, true),
            ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5", "GET", .none, true),
            ("HTTP/1.1 204 No Content\r\nContent-Length: 0", "GET", .none, true),
            ("HTTP/1.1 200 OK\r\nA: b", "GET", .untilClose, false),
            ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5", "GET", .length(5), false),
            ("HTTP/1.0 200 OK\r\nContent-Length: 5", "GET", .length(5), false),
            (
                "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5", "GET", .length(5),
                true
            ),
            ("HTTP/1.1 100 Continue", "POST", .none, true),
        ] as [(String, String, BodyFraming, Bool)])
    func `frames the body as RFC 9112 section 6.3 says`(
        head: String, method: String, framing: BodyFraming, keepsAlive: Bool
    ) throws {
        let verdict = judgeResponse(head + "\r\n\r\n", method: Method(rawValue: method))
        let facts = try #require(verdict.facts)
        #expect(facts.framing == framing && facts.keepsAlive == keepsAlive)
    }

    @Test(arguments: ["HTTP/1.1 301\r\n\r\n", "HTTP/1.1 301 \r\n\r\n", "HTTP/1.1 301 é\t!\r\n\r\n"])
    func `takes any reason, and none`(text: String) throws {
        let facts = try #require(judgeResponse(text).facts)
        #expect(facts.status == 301 && facts.minorVersion == 1)
    }

    @Test func `reads an interim head and then the final one`() throws {
        let input = buffer(
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 "
                + "OK\r\nContent-Length: 1\r\n\r\nx"
        )
        var parser = ResponseParser()
        let head = MessageHead()
        #expect(try parser.parse(input, into: head, requestMethod: .get))
        #expect(head.status == 103 && head.lines.count == 1)
        #expect(try parser.parse(input, into: head, requestMethod: .get))
        #expect(head.status == 200 && head.framing == .length(1) && input.text == "x")
    }
}
