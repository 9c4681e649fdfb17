import GatehouseCore
import Testing

@testable import GatehouseHTTP

@Suite struct ChunkedDecoderTests {
    /// What decoding bytes gives: the data and what is left, an error, or "more".
    enum Outcome: Equatable {
        case data(String, left: String)
        case refused(ParseError)
        case incomplete(String)
    }

    /// Feeds pieces of `step` bytes into an output of `room` bytes that is emptied when full.
    func decode(
        _ text: String, step: Int = .max, room: Int = 4_096,
        limits: ChunkedDecoder.Limits = ChunkedDecoder.Limits()
    ) -> Outcome {
        let bytes = Array(text.utf8)
        var decoder = ChunkedDecoder(limits: limits)
        let input = Buffer(capacity: max(bytes.count, 1))
        let output = Buffer(capacity: room)
        var data: [UInt8] = []
        var fed = 0
        while true {
            let progress: ChunkedDecoder.Progress
            do throws(ParseError) {
                progress = try decoder.decode(input, into: output)
            } catch {
                return .refused(error)
            }
            data.append(output.readable)
            output.clear()
            switch progress {
            case .outputFull: continue
            case .end:
                input.append(Array(bytes[fed...]))
                return .data(String(decoding: data, as: UTF8.self), left: input.text)
            case .needsInput:
                guard fed < bytes.count else {
                    return .incomplete(String(decoding: data, as: UTF8.self))
                }
                let count = min(step, bytes.count - fed)
                input.append(Array(bytes[fed..<fed + count]))
                fed += count
            }
        }
    }

    @Test(arguments: [
        ("\r\n", ParseError.chunkSizeMalformed),
        (";a\r\n", .chunkSizeMalformed),
        ("g\r\n", .chunkSizeMalformed),
        ("-1\r\n", .chunkSizeMalformed),
        ("+1\r\n", .chunkSizeMalformed),
        (" 1\r\n", .chunkSizeMalformed),
        ("1 \r\n", .chunkSizeMalformed),
        ("0x1\r\n", .chunkSizeMalformed),
        ("1\n", .chunkSizeMalformed),
        ("1\rx", .bareCR),
        ("8000000000000000\r\n", .chunkSizeOverflow),
        ("ffffffffffffffff\r\n", .chunkSizeOverflow),
        ("00000000000000001\r\n", .chunkSizeOverflow),
        ("1;\r\n", .chunkExtensionMalformed),
        ("1;=a\r\n", .chunkExtensionMalformed),
        ("1;a=\r\n", .chunkExtensionMalformed),
        ("1;a b\r\n", .chunkExtensionMalformed),
        ("1; a\r\n", .chunkExtensionMalformed),
        ("1;a=\"b\n\"\r\n", .chunkExtensionMalformed),
        ("1;a=\"b\r\n", .chunkExtensionMalformed),
        ("1;a=\"\\\r\"\r\n", .chunkExtensionMalformed),
        ("1;a=\"b\"c\r\n", .chunkExtensionMalformed),
        ("1;a\n", .chunkExtensionMalformed),
        ("1;a=\u{0}\r\n", .chunkExtensionMalformed),
        ("1\r\nab\r\n", .chunkUnterminated),
        ("1\r\na\n", .chunkUnterminated),
        ("1\r\na\rb", .chunkUnterminated),
        ("0\r\nA\r\n", .colonMissing),
        ("0\r\nA: b\n", .bareLF),
        ("0\r\nA: b\rc", .bareCR),
        ("0\r\nA: b\u{0}", .controlByte),
        ("0\r\nA : b", .spaceInFieldName),
        ("0\r\n A: b", .obsFold),
        ("0\r\nA: b\r\n c", .obsFold),
        ("0\r\n: b", .fieldNameEmpty),
        ("0\r\nA(: b", .fieldNameMalformed),
        ("0\r\n\n", .bareLF),
        ("0\r\n\rX", .bareCR),
    ]) func `refuses broken framing by name, however it is cut`(text: String, error: ParseError) {
        #expect(decode(text) == .refused(error))
        #expect(decode(text, step: 1) == .refused(error))
    }

    @Test func `bounds extensions and trailers`() {
        var limits = ChunkedDecoder.Limits()
        limits.extensionBytesMax = 8
        limits.trailerBytesMax = 20
        limits.trailersMax = 1
        #expect(decode("1;abc\r\nx\r\n0;a\r\n\r\n", limits: limits) == .data("x", left: ""))
        let spread = "1;abc\r\nx\r\n1;abc\r\n"
        #expect(decode(spread, limits: limits) == .refused(.chunkExtensionTooLong))
        #expect(decode("0\r\nA: b\r\n\r\n", limits: limits) == .data("", left: ""))
        #expect(decode("0\r\nA: b\r\nC: d\r\n", limits: limits) == .refused(.tooManyFields))
        let long = "0\r\nA: \(String(repeating: "b", count: 20))"
        #expect(decode(long, limits: limits) == .refused(.trailerTooLarge))
    }

    @Test(arguments: [1, 2, 3, 7, .max])
    func `decodes data and loses no byte after the end`(step: Int) {
        let text =
            "5;a;b=c;d=\"e;\\\" \t\"\r\nhello\r\n00A\r\n, world 12\r\n"
            + "0\r\nX-Sum: 1\r\nY:\r\n\r\nGET /"
        let expected = Outcome.data("hello, world 12", left: "GET /")
        #expect(decode(text, step: step) == expected)
        #expect(decode(text, step: step, room: 1) == expected)
        #expect(decode(String(text.dropLast(7)), step: step) == .incomplete("hello, world 12"))
    }

    @Test func `stays at the end`() throws {
        let input = buffer("0\r\n\r\n0\r\n\r\n")
        let output = Buffer(capacity: 8)
        var decoder = ChunkedDecoder()
        #expect(try decoder.decode(input, into: output) == .end)
        #expect(try decoder.decode(input, into: output) == .end)
        #expect(input.count == 5)
    }

    @Test func `reads back what chunk framing writes`() {
        let output = Buffer(capacity: 256)
        for data in ["hello", "", "!"] {
            let position = ChunkFraming.begin(in: output)
            output.append(Array(data.utf8))
            ChunkFraming.end(in: output, from: position)
        }
        ChunkFraming.last(in: output)
        #expect(output.text == "00000005\r\nhello\r\n00000001\r\n!\r\n0\r\n\r\n")
        #expect(decode(output.text) == .data("hello!", left: ""))
    }
}
