import Testing

@testable import GatehouseHTTP

@Suite struct PathRulesTests {
    @Test(arguments: [
        ("/.", ParseError.pathDotSegment), ("/..", .pathDotSegment), ("/./a", .pathDotSegment),
        ("/a/../b", .pathDotSegment), ("/a/..", .pathDotSegment), ("/..?q", .pathDotSegment),
        ("/%2e", .pathEncodedDot), ("/%2E%2e/a", .pathEncodedDot), ("/.%2e/a", .pathEncodedDot),
        ("/a%2fb", .pathEncodedSlash), ("/a%2Fb", .pathEncodedSlash),
        ("/a\\b", .pathBackslash), ("/a%5cb", .pathEncodedBackslash),
        ("/a%5Cb", .pathEncodedBackslash),
        ("//", .pathEmptySegment), ("//a", .pathEmptySegment), ("/a//b", .pathEmptySegment),
        ("/a//", .pathEmptySegment),
        ("/a;b", .pathSemicolon), ("/..;/a", .pathSemicolon), ("/a;jsessionid=1", .pathSemicolon),
        ("/%00", .pathEncodedControl), ("/a%0d%0a", .pathEncodedControl),
        ("/%7f", .pathEncodedControl), ("/%c2%85", .pathEncodedControl),
        ("/%61dmin", .pathEncodedUnreserved), ("/%2D", .pathEncodedUnreserved),
        ("/%5f", .pathEncodedUnreserved), ("/%7E", .pathEncodedUnreserved),
        ("/%30", .pathEncodedUnreserved), ("/%5A", .pathEncodedUnreserved),
        ("/%", .pathMalformedPercent), ("/%2", .pathMalformedPercent),
        ("/%zz", .pathMalformedPercent), ("/%u0041", .pathMalformedPercent),
        ("/%c3%", .pathMalformedPercent),
        ("/%80", .pathInvalidUTF8), ("/%c0%af", .pathInvalidUTF8), ("/%c3", .pathInvalidUTF8),
        ("/%c3a9", .pathInvalidUTF8), ("/%ed%a0%80", .pathInvalidUTF8),
        ("/%f5%80%80%80", .pathInvalidUTF8), ("/%e0%80%af", .pathInvalidUTF8),
        ("/%c3/%a9", .pathInvalidUTF8), ("/%ff", .pathInvalidUTF8),
        ("/%252e", .pathDoubleEncoding), ("/%252F", .pathDoubleEncoding),
        ("/%25%32%65", .pathEncodedUnreserved),
        ("/a#b", .fragmentRefused), ("/a?b#c", .fragmentRefused),
        ("/a\"b", .pathForbiddenByte), ("/<a>", .pathForbiddenByte), ("/a|b", .pathForbiddenByte),
        ("/a^b", .pathForbiddenByte), ("/`a`", .pathForbiddenByte), ("/{a}", .pathForbiddenByte),
        ("/[a]", .pathForbiddenByte),
        ("/é", .targetNotASCII), ("/a\u{1}", .targetControlByte),
        ("/?%", .queryMalformedPercent), ("/?a=%g1", .queryMalformedPercent),
        ("/?%4", .queryMalformedPercent), ("/?é", .targetNotASCII),
        ("http://a.test//a", .pathEmptySegment), ("http://a.test/../a", .pathDotSegment),
    ]) func `refuses a path that servers read in different ways`(path: String, error: ParseError) {
        #expect(judgePath(path) == .refused(error))
    }

    @Test(arguments: [
        "/", "/a", "/a/", "/a.b/..c/.d/...", "/a.", "/a..", "/~u/-_/A0", "/!$&'()*+,=:@",
        "/%20%21%25", "/caf%C3%A9", "/%e2%82%ac/%F0%9F%98%80", "/100%25", "/%3B%3F%23%5B",
        "/a?", "/a?b=c&d[]={e}|^`\"<>\\;//../%00%2e", "/a?b?c",
    ]) func `takes a path with one meaning as it is`(path: String) throws {
        let facts = try #require(judgePath(path).facts)
        #expect(facts.target == path)
        let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        #expect(facts.path == parts[0])
        #expect(facts.query == (parts.count > 1 ? String(parts[1]) : nil))
    }

    @Test func `judges every byte after a slash, raw and escaped`() {
        // RFC 3986: pchar without `%` and `;`, and what ends a path.
        let plain = Set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@/?".utf8)
        let unreserved = Set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/\\".utf8)
        for value in 0...UInt8.max {
            var raw = Array("GET /x".utf8)
            raw.append(value)
            raw += Array("x HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            // A space ends the target, so that the version is wrong instead.
            #expect((judge(raw).facts != nil) == plain.contains(value), "raw \(value)")
            let hex = "0\(String(value, radix: 16))".suffix(2)
            let takes = value >= 0x20 && value < 0x7F && !unreserved.contains(value)
            #expect((judgePath("/x%\(hex)x").facts != nil) == takes, "escaped \(value)")
        }
    }
}
