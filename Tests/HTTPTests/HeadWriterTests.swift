import GatehouseCore
import Testing

@testable import GatehouseHTTP

@Suite struct HeadWriterTests {
    private let date = Array("Sun, 06 Nov 1994 08:49:37 GMT".utf8)

    private func write(
        _ response: Response, method: GatehouseHTTP.Method = .get, minorVersion: Int = 1,
        closes: Bool = false, keepsAliveHTTP10: Bool = false
    ) -> String {
        let output = Buffer(capacity: 4_096)
        let framing = ResponseFraming(for: response, method: method, minorVersion: minorVersion)
        let written = HeadWriter.response(
            response, date: date, closes: closes, keepsAliveHTTP10: keepsAliveHTTP10,
            framing: framing, into: output)
        return written ? output.text : "did not fit"
    }

    @Test func `ignores what is not the handler's to say`() throws {
        var response = Response.json(Array("{}".utf8))
        for (name, value) in [
            ("Content-Length", "99"), ("transfer-encoding", "chunked"), ("CONNECTION", "upgrade"),
            ("date", "never"), ("X-A", "b"),
        ] {
            try response.fields.append(try #require(FieldName(name)), value)
        }
        #expect(
            write(response)
                == "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                + "Content-Type: application/json\r\nx-a: b\r\nContent-Length: 2\r\n\r\n")
    }

    @Test func `writes nothing when it does not fit`() {
        let output = Buffer(capacity: 64)
        let response = Response.status(204)
        let framing = ResponseFraming(for: response, method: .get, minorVersion: 1)
        #expect(
            !HeadWriter.response(
                response, date: date, closes: false, keepsAliveHTTP10: false, framing: framing,
                into: output))
        #expect(output.isEmpty)
    }

    @Test func `states a content type once`() throws {
        var response = Response.json([])
        try response.fields.append(.contentType, "text/csv")
        #expect(write(response).contains("\r\nContent-Type: text/csv\r\n"))
        #expect(!write(response).contains("json"))
    }

    @Test(
        arguments: [
            (200, "GET", 1, ["Content-Length: 3"]), (200, "HEAD", 1, ["Content-Length: 3"]),
            (204, "GET", 1, []), (304, "GET", 1, ["Content-Length: 3"]),
            (404, "POST", 0, ["Content-Length: 3"]),
        ] as [(Int, String, Int, [String])])
    func `states the length where it may be stated`(
        status: Int, method: String, minorVersion: Int, lines: [String]
    ) {
        let response = Response.text("abc", status: status)
        let method = Method(rawValue: method)
        let text = write(response, method: method, minorVersion: minorVersion)
        let found = text.split(separator: "\r\n").filter {
            $0.hasPrefix("Content-Length") || $0.hasPrefix("Transfer")
        }
        #expect(found.map(String.init) == lines)
        let framing = ResponseFraming(for: response, method: method, minorVersion: minorVersion)
        #expect(framing.sendsBody == (status != 204 && status != 304 && method != .head))
    }

    @Test func `frames a stream of unknown length by version`() {
        final class Empty: BodySource {
            func read(into output: Buffer) async throws(BodyError) -> Bool { false }
        }
        let response = Response(body: .stream(Empty(), length: nil))
        #expect(write(response).contains("\r\nTransfer-Encoding: chunked\r\n"))
        let old = write(response, minorVersion: 0)
        #expect(old.contains("\r\nConnection: close\r\n") && !old.contains("Transfer"))
        #expect(!write(response, method: .head).contains("Transfer"))
    }

    @Test func `says what becomes of the connection`() {
        let response = Response.status(200)
        #expect(write(response, closes: true).hasSuffix("Connection: close\r\n\r\n"))
        let old = write(response, minorVersion: 0, keepsAliveHTTP10: true)
        #expect(old.hasSuffix("Connection: keep-alive\r\n\r\n"))
        #expect(!write(response).contains("Connection"))
    }

    @Test func `renders a status line for every status`() throws {
        for status in 200...599 {
            let facts = try #require(judgeResponse(write(.status(status))).facts)
            #expect(facts.status == status)
        }
    }

    @Test func `writes a request for an upstream that parses to the same`() throws {
        var fields = Fields()
        try fields.append(.accept, "*/*")
        try fields.append(.host, "evil")
        try fields.append(.contentLength, "7")
        try fields.append(.connection, "x")
        #expect(
            upstream(.post, fields, .length(3))
                == "POST /a?b HTTP/1.1\r\nHost: up.test:80\r\nAccept: "
                + "*/*\r\nContent-Length: 3\r\n\r\n"
        )
        #expect(judge(upstream(.post, fields, .length(3))).facts?.framing == .length(3))
        #expect(
            upstream(.put, Fields(), .none, closes: true)
                .hasSuffix("Content-Length: 0\r\nConnection: close\r\n\r\n"))
        #expect(!upstream(.get, Fields(), .none).contains("Length"))
    }

    private func upstream(
        _ method: GatehouseHTTP.Method, _ fields: Fields, _ framing: BodyFraming,
        closes: Bool = false
    ) -> String {
        let output = Buffer(capacity: 1_024)
        let target = Array("/a?b".utf8)
        let host = Array("up.test:80".utf8)
        let written = HeadWriter.request(
            method: method, target: target.raw, host: host.raw, fields: fields, framing: framing,
            closes: closes, into: output)
        return written ? output.text : "did not fit"
    }
}
