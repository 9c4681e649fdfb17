import GatehouseCore
import GatehouseHTTP
import Glibc

/// The request parser on any bytes: it never crashes, its verdict does not depend on how the bytes
/// were cut, what it takes can be written and read again to the same head, and a chunked body gives
/// the same data however it is cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let whole = Verdict(bytes, step: max(count, 1))
    let single = Verdict(bytes, step: 1)
    require(whole == single, "one verdict at once, another byte by byte")
    if whole.isTaken {
        let again = Verdict(whole.rewritten(), step: Int.max, scale: 2)
        require(again.isTaken && again.facts == whole.facts, "rewritten, it is another head")
        if whole.isChunked {
            let body = Array(bytes[whole.end...])
            require(decode(body, step: 1) == decode(body, step: body.count + 1), "another body")
        }
    }
    return 0
}

func require(_ holds: Bool, _ claim: StaticString) {
    guard !holds else { return }
    fatalError("\(claim)")
}

/// What the parser says about bytes, as values that can be compared.
struct Verdict: Equatable {
    var isTaken = false
    var error = ""
    /// Everything that the head states except its places.
    var facts: [String] = []
    var isChunked = false
    /// Start line and fields as places in the input.
    var method = ""
    var target: [UInt8] = []
    var minorVersion = 0
    var lines: [[UInt8]] = []
    /// Where the head ends in the input.
    var end = 0

    /// `scale` widens the limits: what is written again may be longer by a space in each line.
    init(_ bytes: [UInt8], step: Int, scale: Int = 1) {
        let buffer = Buffer(capacity: max(bytes.count, 1))
        let head = MessageHead()
        var parser = RequestParser(
            limits: .init(headBytesMax: 2_048 * scale, fieldsMax: 16, lineMax: 1_024 * scale))
        var fed = 0
        while fed < bytes.count, !isTaken, error.isEmpty {
            let next = step < bytes.count - fed ? fed + step : bytes.count
            buffer.append(bytes.raw.extracting(fed..<next))
            fed = next
            do throws(ParseError) {
                isTaken = try parser.parse(buffer, into: head)
            } catch {
                self.error = error.rawValue
            }
        }
        if isTaken { note(head, buffer.start) }
    }

    private mutating func note(_ head: MessageHead, _ end: Int) {
        self.end = end
        isChunked = head.framing == .chunked
        method = head.method.rawValue
        minorVersion = head.minorVersion
        target = copy(head, head.target)
        facts = [
            method, "\(minorVersion)", "\(target)", "\(copy(head, head.path))",
            "\(head.query.map { copy(head, $0) } ?? [0])", "\(head.framing)",
            "\(head.keepsAlive)", "\(head.expectsContinue)",
            "\(head.authority.map { copy(head, $0) } ?? [0])",
        ]
        for line in head.lines {
            let name = copy(head, line.name)
            let value = copy(head, line.value)
            lines.append(name + [0x3A, 0x20] + value)
            facts.append("\(line.id) \(name) \(value)")
        }
    }

    private func copy(_ head: MessageHead, _ range: ByteRange) -> [UInt8] {
        let bytes = head.bytes(range)
        return bytes.array
    }

    /// The head as we would write it.
    func rewritten() -> [UInt8] {
        var text = Array("\(method) ".utf8) + target + Array(" HTTP/1.\(minorVersion)\r\n".utf8)
        for line in lines { text += line + [0x0D, 0x0A] }
        return text + [0x0D, 0x0A]
    }
}

/// The data of a chunked body and how decoding ended.
func decode(_ bytes: [UInt8], step: Int) -> [String] {
    let input = Buffer(capacity: max(bytes.count, 1))
    let output = Buffer(capacity: bytes.count + 1)
    var decoder = ChunkedDecoder()
    var fed = 0
    do throws(ParseError) {
        while true {
            let progress = try decoder.decode(input, into: output)
            if progress == .end || fed == bytes.count {
                return [
                    "\(progress)", "\(output.readable.array)", "\(bytes.count - fed + input.count)",
                ]
            }
            let next = min(bytes.count, fed + step)
            input.append(bytes.raw.extracting(fed..<next))
            fed = next
        }
    } catch {
        return [error.rawValue]
    }
}
