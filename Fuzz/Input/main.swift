import GatehouseCore
import GatehouseValidation

// What is accepted means the same when it is written again, or when it arrives in other pieces.

func checkJSON(_ bytes: [UInt8]) {
    var tape = JSONTape()
    guard let root = try? tape.parse(bytes.raw) else { return }
    _ = InjectionSearch().find(in: root)
    var first = JSONWriter()
    FieldFilter.copy(root, to: &first)
    let text = first.finish()
    var limits = JSONLimits()
    limits.stringBytesMax = .mebibytes(1)
    var other = JSONTape()
    guard let again = try? other.parse(text.raw, limits: limits) else {
        preconditionFailure("what was accepted is refused when it is written again")
    }
    var second = JSONWriter()
    FieldFilter.copy(again, to: &second)
    let same = second.finish()
    precondition(same == text)
}

func checkForm(_ bytes: [UInt8]) {
    var fields = FormFields()
    do { try fields.parse(bytes.raw) } catch { return }
    _ = InjectionSearch().find(in: fields)
    _ = ParameterPollution.find(in: fields)
    var text: [UInt8] = []
    let digits = Array("0123456789abcdef".utf8)
    func append(_ part: [UInt8]) {
        for byte in part { text += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    }
    for index in 0..<fields.count {
        if index > 0 { text.append(0x26) }
        append(fields.name(index).array)
        text.append(0x3D)
        append(fields.value(index).array)
    }
    var again = FormFields()
    do { try again.parse(text.raw) } catch { preconditionFailure("\(error)") }
    precondition(again.count == fields.count)
    for index in 0..<fields.count {
        precondition(again.name(index).array == fields.name(index).array)
        precondition(again.value(index).array == fields.value(index).array)
    }
}

struct Parts: MultipartSink {
    var all: [(MultipartPart, [UInt8])] = []
    mutating func begin(_ part: MultipartPart) { all.append((part, [])) }
    mutating func content(_ bytes: RawSpan) { all[all.count - 1].1 += bytes.array }
}

func parts(_ bytes: [UInt8], pieces: Int) -> Parts? {
    var found = Parts()
    do {
        var parser = try MultipartParser(boundary: "b")
        var start = 0
        while start < bytes.count {
            let piece = Array(bytes[start..<min(bytes.count, start + pieces)])
            try parser.feed(piece.raw, to: &found)
            start += piece.count
        }
        try parser.finish()
    } catch { return nil }
    return found
}

func checkMultipart(_ bytes: [UInt8]) {
    let whole = parts(bytes, pieces: .max / 2)
    for pieces in [1, 7] {
        let cut = parts(bytes, pieces: pieces)
        precondition((whole == nil) == (cut == nil))
        guard let whole, let cut else { continue }
        precondition(whole.all.count == cut.all.count)
        for (one, other) in zip(whole.all, cut.all) {
            precondition(one.0 == other.0 && one.1 == other.1)
        }
    }
}

/// One input of the fuzzer; its first byte chooses the reader.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let all = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = all.first else { return 0 }
    let bytes = Array(all.dropFirst())
    switch first % 5 {
    case 0: checkJSON(bytes)
    case 1: checkForm(bytes)
    case 2: checkMultipart(bytes)
    case 3:
        _ = ContentType(bytes.raw)
    default:
        for coding in ContentCoding.allCases { _ = try? coding.decode(bytes, bytesMax: 1 << 16) }
    }
    return 0
}
