import GatehouseCore
import Testing

@testable import GatehouseHTTP

@Suite struct RequestParserTests {
    @Test(arguments: [
        ("\u{16}\u{3}\u{1}\u{2}", ParseError.tlsClientHello),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .http2Preface),
        ("GET /\r\n", .http09),
        ("GET\r\n", .methodMalformed),
        (" GET / HTTP/1.1\r\n", .methodMalformed),
        ("G(T / HTTP/1.1\r\n", .methodMalformed),
        ("GET\n", .bareLF),
        ("\nGET / HTTP/1.1\r\n", .bareLF),
        ("\rGET / HTTP/1.1\r\n", .bareCR),
        ("\r\n\r\nGET / HTTP/1.1\r\n", .emptyStartLine),
        ("SSH-2.0-OpenSSH_9.2\r\n", .methodMalformed),
        (String(repeating: "A", count: 33), .methodTooLong),
        ("GET  / HTTP/1.1\r\n", .targetMalformed),
        ("GET /a b HTTP/1.1\r\n", .versionMalformed),
        ("GET /a\tb HTTP/1.1\r\n", .targetControlByte),
        ("GET /a\u{0}b HTTP/1.1\r\n", .targetControlByte),
        ("GET /a\u{7F}b HTTP/1.1\r\n", .targetControlByte),
        ("GET /é HTTP/1.1\r\n", .targetNotASCII),
        ("GET /\n", .bareLF),
        ("GET a HTTP/1.1\r\n", .targetMalformed),
        ("GET * HTTP/1.1\r\n", .asteriskMisplaced),
        ("GET a.test:80 HTTP/1.1\r\n", .targetMalformed),
        ("CONNECT a.test:443 HTTP/1.1\r\n", .connectRefused),
        ("GET ftp://a.test/ HTTP/1.1\r\n", .schemeUnsupported),
        ("GET http://u@a.test/ HTTP/1.1\r\n", .userInfoRefused),
        ("GET http:/// HTTP/1.1\r\n", .targetMalformed),
        ("GET http://a.test HTTP/1.1\r\n", .absoluteFormWithoutPath),
        ("GET http://a.test?q HTTP/1.1\r\n", .absoluteFormWithoutPath),
        ("GET / HTTP/1.2\r\n", .versionUnsupported),
        ("GET / HTTP/2.0\r\n", .versionUnsupported),
        ("GET / HTTP/0.9\r\n", .versionUnsupported),
        ("GET / HTTP/11.1\r\n", .versionMalformed),
        ("GET / http/1.1\r\n", .versionMalformed),
        ("GET / HTTP/1.1 \r\n", .versionMalformed),
        ("GET / HTTP/1.1\n", .bareLF),
        ("GET / HTTP/1.1\rX", .bareCR),
    ]) func `refuses a bad start line by name`(bytes: String, error: ParseError) {
        #expect(judge(bytes) == .refused(error))
    }

    @Test(arguments: [
        ("A: b\nC: d", ParseError.bareLF),
        ("A: b\rC: d", .bareCR),
        ("A: b\r\rC: d", .bareCR),
        ("A: b\u{0}", .controlByte),
        ("A: b\u{7F}", .controlByte),
        ("A\u{1}: b", .controlByte),
        ("A: b\r\n c", .obsFold),
        ("A: b\r\n\tc", .obsFold),
        ("A : b", .spaceInFieldName),
        ("A b: c", .spaceInFieldName),
        ("A\t: b", .spaceInFieldName),
        (": b", .fieldNameEmpty),
        ("A", .colonMissing),
        ("A\nB: c", .bareLF),
        ("A(: b", .fieldNameMalformed),
        ("Ä: b", .fieldNameMalformed),
        ("\(String(repeating: "A", count: 257)): b", .fieldNameTooLong),
    ]) func `refuses a bad field line by name`(line: String, error: ParseError) {
        #expect(judge(request("GET / HTTP/1.1", line)) == .refused(error))
    }

    @Test func `refuses white space before the first field`() {
        #expect(judge("GET / HTTP/1.1\r\n Host: a\r\n\r\n") == .refused(.obsFold))
    }

    @Test(arguments: [
        (["Content-Length: 1", "Content-Length: 1"], ParseError.contentLengthRepeated),
        (["Content-Length: 1, 1"], .contentLengthMalformed),
        (["Content-Length: +1"], .contentLengthMalformed),
        (["Content-Length: -1"], .contentLengthMalformed),
        (["Content-Length: 1 2"], .contentLengthMalformed),
        (["Content-Length: 0x1"], .contentLengthMalformed),
        (["Content-Length: 1_0"], .contentLengthMalformed),
        (["Content-Length:"], .contentLengthMalformed),
        (["Content-Length: 9223372036854775808"], .contentLengthOverflow),
        (["Content-Length: 1", "Transfer-Encoding: chunked"], .contentLengthWithTransferEncoding),
        (["Transfer-Encoding: chunked", "Content-Length: 0"], .contentLengthWithTransferEncoding),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], .transferEncodingRepeated),
        (["Transfer-Encoding: gzip, chunked"], .transferEncodingUnsupported),
        (["Transfer-Encoding: chunked, identity"], .transferEncodingUnsupported),
        (["Transfer-Encoding: identity"], .transferEncodingUnsupported),
        (["Transfer-Encoding: xchunked"], .transferEncodingUnsupported),
        (["Transfer-Encoding: chunked;q=1"], .transferEncodingUnsupported),
        (["Transfer-Encoding:"], .transferEncodingUnsupported),
        (["Transfer-Encoding: \u{B}chunked"], .controlByte),
        (["Expect: 200-ok"], .expectationUnsupported),
        (["Expect: 100-continue, x"], .expectationUnsupported),
        (["Connection: close host"], .connectionMalformed),
        (["Connection: \"close\""], .connectionMalformed),
        (["Connection: Host"], .connectionNamesEndToEndField),
        (["Connection: close, Authorization"], .connectionNamesEndToEndField),
        (["Connection: content-length"], .connectionNamesEndToEndField),
        (["Connection: X-Forwarded-For"], .connectionNamesEndToEndField),
        (["Connection: transfer-encoding"], .connectionNamesEndToEndField),
        (["Connection: close", "Connection: cookie"], .connectionNamesEndToEndField),
    ]) func `refuses framing that two servers could read in two ways`(
        lines: [String], error: ParseError
    ) {
        let text = "POST / HTTP/1.1\r\nHost: a\r\n" + lines.joined(separator: "\r\n") + "\r\n\r\n"
        #expect(judge(text) == .refused(error))
    }

    @Test func `refuses a transfer coding from HTTP 1.0`() {
        let text = request("POST / HTTP/1.0", "Transfer-Encoding: chunked")
        #expect(judge(text) == .refused(.transferEncodingInHTTP10))
    }

    @Test(arguments: [
        "", "a b", "a/b", "a@b", "a%20b", "a,b", "a..b", ".a", "a.", "a:", "a:0", "a:080",
        "a:65536", "a:1x", "http://a", "[::1", "[::1]x", "[::1]:", "[1:2]", "[::1::2]", "[:1]",
        "[1:2:3:4:5:6:7:8:9]", "[12345::]", "[fe80::1%25eth0]", "[v1.a]", "[::1.2.3]", "[]",
        "[1:2:3:4:5:6:7:1.2.3.4]", "[::256.1.1.1]", "[::01.1.1.1]", "[1:]", "a\u{e9}",
        String(repeating: "a", count: 254),
    ]) func `refuses a malformed host`(host: String) {
        #expect(judge(request(host: "Host: \(host)")) == .refused(.hostMalformed))
    }

    @Test(arguments: [
        "a", "a.test", "A-1.test:8443", "127.0.0.1:1", "a_b", "[::1]", "[::]:65535",
        "[2001:db8::1]:80", "[1:2:3:4:5:6:7:8]", "[1::]", "[::ffff:1.2.3.4]",
        "[1:2:3:4:5:6:1.2.3.4]",
    ]) func `takes a host with or without a port`(host: String) {
        #expect(judge(request(host: "Host: \(host)")).facts != nil)
    }

    @Test func `refuses a missing, repeated or disagreeing host`() {
        #expect(judge(request(host: nil)) == .refused(.hostMissing))
        #expect(judge(request("GET / HTTP/1.0", host: nil)) == .refused(.hostMissing))
        #expect(judge(request("GET / HTTP/1.1", "Host: a.test")) == .refused(.hostRepeated))
        let absolute = request("GET http://b.test/ HTTP/1.1")
        #expect(judge(absolute) == .refused(.authorityDisagrees))
        let port = request("GET http://a.test:80/ HTTP/1.1")
        #expect(judge(port) == .refused(.authorityDisagrees))
    }

    @Test func `takes an absolute form that agrees with host`() throws {
        let facts = try #require(judge(request("GET HTTP://A.test/x?y HTTP/1.1")).facts)
        #expect(facts.path == "/x" && facts.query == "y" && facts.authority == "A.test")
        #expect(facts.target == "HTTP://A.test/x?y")
    }

    @Test func `takes an asterisk for OPTIONS alone`() throws {
        let facts = try #require(judge(request("OPTIONS * HTTP/1.1")).facts)
        #expect(facts.path == "*" && facts.target == "*")
    }

    @Test func `reads a whole request and leaves what follows`() throws {
        let text =
            "\r\nPOST /a/b?c=d%20e HTTP/1.1\r\nHost: a.test:80\r\nContent-Length: 0042\r\n"
            + "Expect: 100-Continue\r\nX-Note: \t a\tb \t \r\nEmpty:\r\n\r\nbody"
        let verdict = judge(text)
        let facts = try #require(verdict.facts)
        #expect(facts.method == .post && facts.minorVersion == 1)
        #expect(facts.target == "/a/b?c=d%20e" && facts.path == "/a/b" && facts.query == "c=d%20e")
        #expect(facts.framing == .length(42) && facts.expectsContinue && facts.keepsAlive)
        #expect(
            facts.lines == [
                "Host: a.test:80 (45)", "Content-Length: 0042 (27)", "Expect: 100-Continue (41)",
                "X-Note: a\tb (255)", "Empty:  (255)",
            ])
        #expect(verdict == .head(facts, left: "body"))
        #expect(facts.byteCount == text.utf8.count - 6)
    }

    @Test(
        arguments: [
            ("HTTP/1.1", nil, true), ("HTTP/1.1", "close", false), ("HTTP/1.1", "x, Close", false),
            ("HTTP/1.1", "close, keep-alive", false), ("HTTP/1.0", nil, false),
            ("HTTP/1.0", "Keep-Alive", true), ("HTTP/1.0", "keep-alive, close", false),
            ("HTTP/1.1", ",, upgrade ,te", true),
        ] as [(String, String?, Bool)])
    func `says whether the connection stays`(
        version: String, connection: String?, keepsAlive: Bool
    ) throws {
        let line = connection.map { "Connection: \($0)" } ?? "A: b"
        let facts = try #require(judge(request("GET / \(version)", line)).facts)
        #expect(facts.keepsAlive == keepsAlive)
    }

    @Test func `expects nothing without a body or in HTTP 1.0`() throws {
        let bodiless = try #require(judge(request("GET / HTTP/1.1", "Expect: 100-continue")).facts)
        #expect(!bodiless.expectsContinue && bodiless.framing == .none)
        let old = request("POST / HTTP/1.0", "Expect: 100-continue", "Content-Length: 1")
        #expect(try #require(judge(old).facts).expectsContinue == false)
    }

    @Test func `refuses what exceeds a limit, and takes what meets it`() {
        let line = "GET /\(String(repeating: "a", count: 200)) HTTP/1.1"
        let lineLimits = HeadLimits(lineMax: line.utf8.count + 2)
        #expect(judge(request(line), limits: lineLimits).facts != nil)
        #expect(judge(request("\(line.dropLast())11"), limits: lineLimits).error != nil)
        let tight = HeadLimits(lineMax: line.utf8.count + 1)
        #expect(judge(request(line), limits: tight) == .refused(.startLineTooLong))
        let field = "X: \(String(repeating: "b", count: 300))"
        let fieldLimits = HeadLimits(lineMax: field.utf8.count + 1)
        #expect(
            judge(request("GET / HTTP/1.1", field), limits: fieldLimits)
                == .refused(.fieldLineTooLong))
        let text = request("GET / HTTP/1.1", "A: b", "C: d")
        #expect(judge(text, limits: HeadLimits(fieldsMax: 3)).facts != nil)
        #expect(judge(text, limits: HeadLimits(fieldsMax: 2)) == .refused(.tooManyFields))
        #expect(judge(text, limits: HeadLimits(headBytesMax: text.utf8.count)).facts != nil)
        let short = HeadLimits(headBytesMax: text.utf8.count - 1)
        #expect(judge(text, limits: short) == .refused(.headTooLarge))
    }

    @Test func `reads pipelined requests one after the other with one head`() throws {
        let input = buffer(request("GET /1 HTTP/1.1") + "\r\n" + request("PUT /2 HTTP/1.1"))
        var parser = RequestParser()
        let head = MessageHead()
        #expect(try parser.parse(input, into: head))
        #expect(head.method == .get && head.text(head.path) == "/1")
        #expect(try parser.parse(input, into: head))
        #expect(head.method == .put && head.text(head.path) == "/2" && head.lines.count == 1)
        #expect(input.isEmpty)
    }

    @Test func `goes on when the buffer was moved in between`() throws {
        let text = Array(request("GET /moved HTTP/1.1", "A: b").utf8)
        for cut in 1..<text.count {
            let input = Buffer(capacity: 256)
            input.append(Array("old bytes".utf8))
            input.consume(9)
            input.append(Array(text[..<cut]))
            var parser = RequestParser()
            let head = MessageHead()
            #expect(try !parser.parse(input, into: head))
            input.compact(to: 0)
            input.append(Array(text[cut...]))
            #expect(try parser.parse(input, into: head))
            #expect(head.text(head.path) == "/moved" && head.lines.count == 2)
        }
    }

    @Test func `goes on when the head was reset in between`() throws {
        let text = Array(request("GET /again HTTP/1.1", "A: b").utf8)
        for cut in 1..<text.count {
            let input = buffer(Array(text[..<cut]), spare: 256)
            var parser = RequestParser()
            let head = MessageHead()
            #expect(try !parser.parse(input, into: head))
            head.reset()
            input.append(Array(text[cut...]))
            #expect(try parser.parse(input, into: head))
            #expect(head.text(head.path) == "/again" && head.lines.count == 2)
        }
    }

    @Test func `gives every error a status and its own name`() {
        var names: Set<String> = []
        for error in ParseError.allCases {
            let rejection = error.rejection
            #expect([400, 414, 417, 431, 501, 505].contains(rejection.status))
            #expect(rejection.closesConnection && rejection.detail == error.rawValue)
            names.insert(rejection.detail)
        }
        #expect(names.count == ParseError.allCases.count)
        #expect(ParseError.startLineTooLong.rejection.status == 414)
        #expect(ParseError.tooManyFields.rejection.status == 431)
        #expect(ParseError.expectationUnsupported.rejection.status == 417)
        #expect(ParseError.versionUnsupported.rejection.status == 505)
        #expect(ParseError.pathDotSegment.rejection.code == .pathRefused)
    }
}
