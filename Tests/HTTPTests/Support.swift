import GatehouseCore

@testable import GatehouseHTTP

/// A buffer that holds `text`.
func buffer(_ text: String, spare: Int = 0) -> Buffer { buffer(Array(text.utf8), spare: spare) }

func buffer(_ bytes: [UInt8], spare: Int = 0) -> Buffer {
    let buffer = Buffer(capacity: max(bytes.count + spare, 1))
    buffer.append(bytes)
    return buffer
}

extension Buffer {
    var text: String { String(lossy: readable) }
}

/// What a parser says about bytes: the head and what it left, an error, or "more".
enum Verdict: Equatable, CustomStringConvertible {
    case head(HeadFacts, left: String)
    case refused(ParseError)
    case incomplete

    var description: String {
        switch self {
        case .head(let facts, let left): "head \(facts), left \(left.debugDescription)"
        case .refused(let error): "refused: \(error.rawValue)"
        case .incomplete: "incomplete"
        }
    }

    var error: ParseError? {
        if case .refused(let error) = self { error } else { nil }
    }

    var facts: HeadFacts? {
        if case .head(let facts, _) = self { facts } else { nil }
    }
}

/// A head's content, free of its buffer.
struct HeadFacts: Equatable {
    var method: Method
    var status: Int
    var minorVersion: Int
    var target: String
    var path: String
    var query: String?
    var authority: String?
    var lines: [String]
    var framing: BodyFraming
    var keepsAlive: Bool
    var expectsContinue: Bool
    var byteCount: Int

    init(_ head: MessageHead) {
        method = head.method
        status = head.status
        minorVersion = head.minorVersion
        target = head.text(head.target)
        path = head.text(head.path)
        query = head.query.map(head.text)
        authority = head.authority.map(head.text)
        lines = head.lines.map { "\(head.text($0.name)): \(head.text($0.value)) (\($0.id))" }
        framing = head.framing
        keepsAlive = head.keepsAlive
        expectsContinue = head.expectsContinue
        byteCount = head.byteCount
    }
}

/// The parser's verdict on bytes that come at once.
func judge(_ bytes: [UInt8], limits: HeadLimits = HeadLimits()) -> Verdict {
    judge(bytes, cuts: [bytes.count], limits: limits)
}

func judge(_ text: String, limits: HeadLimits = HeadLimits()) -> Verdict {
    judge(Array(text.utf8), limits: limits)
}

/// The parser's verdict on bytes that come in pieces, up to each of `cuts` in turn.
func judge(_ bytes: [UInt8], cuts: [Int], limits: HeadLimits = HeadLimits()) -> Verdict {
    var parser = RequestParser(limits: limits)
    return feed(bytes, cuts) { buffer, head throws(ParseError) in
        try parser.parse(buffer, into: head)
    }
}

/// The response parser's verdict on bytes that come in pieces.
func judgeResponse(
    _ bytes: [UInt8], cuts: [Int]? = nil, method: GatehouseHTTP.Method = .get
) -> Verdict {
    var parser = ResponseParser()
    return feed(bytes, cuts ?? [bytes.count]) { buffer, head throws(ParseError) in
        try parser.parse(buffer, into: head, requestMethod: method)
    }
}

func judgeResponse(_ text: String, method: GatehouseHTTP.Method = .get) -> Verdict {
    judgeResponse(Array(text.utf8), method: method)
}

private func feed(
    _ bytes: [UInt8], _ cuts: [Int],
    _ parse: (Buffer, MessageHead) throws(ParseError) -> Bool
) -> Verdict {
    let buffer = Buffer(capacity: max(bytes.count, 1))
    let head = MessageHead()
    var fed = 0
    for cut in cuts {
        buffer.append(Array(bytes[fed..<cut]))
        fed = cut
        do throws(ParseError) {
            guard try parse(buffer, head) else { continue }
        } catch {
            return .refused(error)
        }
        buffer.append(Array(bytes[fed...]))
        return .head(HeadFacts(head), left: buffer.text)
    }
    return .incomplete
}

/// One request line and fields with a `Host`, as bytes on the wire.
func request(
    _ line: String = "GET / HTTP/1.1", _ fields: String..., host: String? = "Host: a.test"
) -> String {
    ([line] + (host.map { [$0] } ?? []) + fields).joined(separator: "\r\n") + "\r\n\r\n"
}

/// The verdict on a path alone.
func judgePath(_ path: String) -> Verdict { judge(request("GET \(path) HTTP/1.1")) }

/// A small seeded generator (SplitMix64): a failure names its seed and can be played again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
