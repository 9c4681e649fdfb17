import GatehouseCore
import Testing

@testable import GatehouseValidation

/// Keeps what a parser finds.
private struct Parts: MultipartSink, Equatable {
    struct Part: Equatable {
        let part: MultipartPart
        var content: [UInt8] = []
    }
    var all: [Part] = []

    mutating func begin(_ part: MultipartPart) { all.append(Part(part: part)) }
    mutating func content(_ bytes: RawSpan) { all[all.count - 1].content += bytes.array }
}

@Suite struct MultipartParserTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 1, 2]

    private func part(_ disposition: String, _ content: String, _ type: String? = nil) -> String {
        "--b\r\nContent-Disposition: form-data; \(disposition)\r\n"
            + (type.map { "Content-Type: \($0)\r\n" } ?? "") + "\r\n\(content)\r\n"
    }

    private func parse(
        _ bytes: [UInt8], pieces: Int = .max, _ limits: MultipartLimits = MultipartLimits()
    ) throws(MultipartError) -> Parts {
        var parser = try MultipartParser(boundary: "b", limits: limits)
        var parts = Parts()
        var start = 0
        while start < bytes.count {
            let piece = Array(bytes[start..<min(bytes.count, start &+ min(pieces, bytes.count))])
            try parser.feed(piece.raw, to: &parts)
            start += piece.count
        }
        try parser.finish()
        return parts
    }

    private func refusal(
        _ text: String, _ limits: MultipartLimits = MultipartLimits()
    ) -> MultipartError? {
        do throws(MultipartError) {
            _ = try parse(Array(text.utf8), limits)
            return nil
        } catch { return error }
    }

    @Test func `refuses framing that readers understand differently`() {
        let good = part(#"name="a""#, "1")
        for text in [
            "", "preamble\r\n" + good + "--b--", good, good + "--b", good + "--b-",
            good + "--b--\r\nepilogue", good.replacing("\r\n", with: "\n") + "--b--",
            "--b \r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--",
            "--b\r\n\r\n1\r\n--b--",
            "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--b--",
            part(#"filename="x""#, "1") + "--b--", part(#"name="a"; name="b""#, "1") + "--b--",
            part(#"name="a"; filename*=UTF-8''x"#, "1") + "--b--",
            part(#"name="a\"b""#, "1") + "--b--",
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nX-Other: 1\r\n\r\n1\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64"
                + "\r\n\r\nMQ==\r\n--b--",
            part(#"name="a""#, "1", "multipart/mixed; boundary=c") + "--b--",
        ] {
            guard case .malformed = refusal(text) else {
                Issue.record("\(text.debugDescription): \(String(describing: refusal(text)))")
                continue
            }
        }
        for boundary in ["", String(repeating: "b", count: 71), "a\r\n", "ends ", "ü"] {
            #expect(throws: MultipartError.malformed("boundary")) {
                try MultipartParser(boundary: boundary)
            }
        }
    }

    @Test func `refuses more than a line's end after the last delimiter, however it arrives`()
        throws
    {
        for (end, isTaken) in [
            ("", true), ("\r\n", true), ("\r", false), ("\n", false), ("\r\n\r\n", false),
            ("\r\nx", false),
        ] {
            let bytes = Array((part(#"name="a""#, "1") + "--b--" + end).utf8)
            for size in 1...bytes.count {
                var parser = try MultipartParser(boundary: "b")
                var sink = Nothing()
                var isRefused = false
                do throws(MultipartError) {
                    for start in stride(from: 0, to: bytes.count, by: size) {
                        let piece = Array(bytes[start..<min(start + size, bytes.count)])
                        try parser.feed(piece.raw, to: &sink)
                    }
                    try parser.finish()
                } catch { isRefused = true }
                #expect(isRefused != isTaken, "\(end.debugDescription) in pieces of \(size)")
            }
        }
    }

    private struct Nothing: MultipartSink {
        mutating func begin(_ part: MultipartPart) {}
        mutating func content(_ bytes: RawSpan) {}
    }

    @Test func `refuses names that repeat or lead elsewhere`() {
        for name in ["../x", "a/b", #"C:\x"#, "..", "a\u{1}b"] {
            let text = part("name=\"a\"; filename=\"\(name)\"", "x") + "--b--"
            #expect(refusal(text) != nil, "\(name.debugDescription)")
        }
        let twice = part(#"name="a""#, "1") + part(#"name="A""#, "2") + "--b--"
        #expect(refusal(twice) == .refusedName("a field's name repeats"))
        let list = part(#"name="a[]""#, "1") + part(#"name="a[]""#, "2") + "--b--"
        #expect(refusal(list) == nil)
        var limits = MultipartLimits()
        limits.repeatable = ["a"]
        let same = part(#"name="a""#, "1") + part(#"name="a""#, "2") + "--b--"
        #expect(refusal(same) == .refusedName("a field's name repeats"))
        #expect(refusal(same, limits) == nil)
        let long = part("name=\"\(String(repeating: "n", count: 256))\"", "1") + "--b--"
        #expect(refusal(long) == .refusedName("a field's name is empty or too long"))
    }

    @Test func `refuses one byte over each limit, and takes exactly the limit`() {
        var limits = MultipartLimits()
        limits.fieldBytesMax = .bytes(3)
        limits.fileBytesMax = .bytes(4)
        limits.partsMax = 2
        limits.filesMax = 1
        #expect(refusal(part(#"name="a""#, "123") + "--b--", limits) == nil)
        #expect(refusal(part(#"name="a""#, "1234") + "--b--", limits) == .tooMuch("a field"))
        let file = part(#"name="f"; filename="x""#, "1234")
        #expect(refusal(file + "--b--", limits) == nil)
        #expect(
            refusal(part(#"name="f"; filename="x""#, "12345") + "--b--", limits)
                == .tooMuch("a file"))
        #expect(refusal(file + file + "--b--", limits) == .tooMuch("files"))
        let three = ["a", "b", "c"].map { part("name=\"\($0)\"", "1") }.joined() + "--b--"
        #expect(refusal(three, limits) == .tooMuch("parts"))
        limits.headerBytesMax = 45
        let named = part(#"name="abcdefghij""#, "1") + "--b--"
        #expect(refusal(named, limits) == .tooMuch("a part's header"))
    }

    @Test(arguments: [
        ("image/png", "<script>alert(1)</script>"), ("image/png", "plain"),
        ("text/plain", "  <!DOCTYPE html><p>"), ("image/svg+xml", "\u{7F}ELF"),
        ("application/octet-stream", "MZ\u{1}\u{2}"), ("text/plain", "#!/bin/sh"),
        ("image/jpeg", "GIF89a…"), ("application/pdf", "<svg onload=x>"),
    ])
    func `refuses files that are not what they claim`(_ type: String, _ content: String) {
        let text = part(#"name="f"; filename="x""#, content, type) + "--b--"
        #expect(refusal(text) == .refusedType("a file's content is not of the type that it claims"))
    }

    @Test func `takes a form without fields, as browsers send it`() throws {
        #expect(refusal("--b--") == nil)
        #expect(refusal("--b--\r\n") == nil)
    }

    @Test func `takes files that are what they claim, of the types that are wanted`() throws {
        var bytes = Array(
            ("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"é.png\"\r\n"
                + "Content-Type: IMAGE/PNG\r\n\r\n").utf8)
        bytes += Self.png + Array("\r\n--b--\r\n".utf8)
        let found = try parse(bytes)
        #expect(found.all[0].part == MultipartPart(name: "f", filename: "é.png", type: "image/png"))
        #expect(found.all[0].content == Self.png)
        var limits = MultipartLimits()
        limits.fileTypes = ["image/*"]
        #expect(try parse(bytes, limits).all.count == 1)
        limits.fileTypes = ["application/pdf"]
        #expect(throws: MultipartError.refusedType("files of this type are not taken")) {
            try parse(bytes, limits)
        }
    }

    @Test func `finds the same however the bytes are cut, delimiters in the content included`()
        throws
    {
        let text =
            part(#"name="a""#, "\r\n--\r\n-b\r\n--c")
            + part(#"name="f"; filename="x.txt""#, "--b\r\n--", "text/plain")
            + part(#"name="empty""#, "") + "--b--"
        let bytes = Array(text.utf8)
        let whole = try parse(bytes)
        #expect(whole.all.map(\.part.name) == ["a", "f", "empty"])
        #expect(whole.all[1].content == Array("--b\r\n--".utf8))
        #expect(whole.all[2].content.isEmpty)
        for pieces in 1...40 { #expect(try parse(bytes, pieces: pieces) == whole, "\(pieces)") }
    }
}
