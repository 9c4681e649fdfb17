import GatehouseCore

/// Memory that redaction reuses, so that a steady stream of texts allocates nothing.
package struct RedactionScratch {
    fileprivate var output: [UInt8] = []
    fileprivate var text: [UInt8] = []
    fileprivate var decoded: [UInt8] = []

    /// No memory yet.
    package init() {}
}

/// Takes secrets out of text before it is logged: by shape, and by the names inside the text.
///
/// Found are `Bearer` and `Basic` credentials, JWTs, private keys in PEM, keys of well-known
/// services, card numbers, userinfo in URLs, and the values of `name=value`, `name: value` and
/// `"name": "value"` where `SecretNames` knows the name. Percent-encoding hides nothing. What it
/// can't know: a secret without shape and name, such as a password in a sentence, and personal
/// data. That is why the access log shows no query values at all unless they are declared safe.
package enum Redaction {
    /// What stands in a secret's place.
    package static let mark: StaticString = "[redacted]"
    /// Most bytes of a text that are kept, unless told otherwise.
    package static let textBytesMax = 2_048
    /// Bytes beyond the limit that are looked at, so that a secret is not missed by being cut.
    private static let lookahead = 256
    /// Percent-encoding within percent-encoding that is undone.
    private static let encodingDepthMax = 3

    /// Whether nothing has to be taken out of `text`, nor cut off.
    package static func isClean(_ text: RawSpan, limit: Int = textBytesMax) -> Bool {
        text.byteCount <= limit && !text.holdsPercent
            && SecretScanner.next(in: text, from: 0) == nil
    }

    /// Appends `text` without its secrets, at most about `limit` bytes of it.
    package static func append(
        _ text: RawSpan, limit: Int = textBytesMax, to output: inout [UInt8],
        using scratch: inout RedactionScratch
    ) {
        if isClean(text, limit: limit) {
            output.append(text)
            return
        }
        prepare(text, limit: limit, &scratch)
        appendCut(scratch.text.raw, limit: limit, whole: text.byteCount, to: &output)
    }

    /// Leaves the redacted and cut text in `scratch.output`.
    private static func render(
        _ text: RawSpan, limit: Int, using scratch: inout RedactionScratch
    ) {
        prepare(text, limit: limit, &scratch)
        scratch.output.removeAll(keepingCapacity: true)
        let output = scratch.text
        appendCut(output.raw, limit: limit, whole: text.byteCount, to: &scratch.output)
    }

    /// `text` without its secrets.
    package static func text(_ text: String, limit: Int = textBytesMax) -> String {
        var scratch = RedactionScratch()
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        append(bytes.raw, limit: limit, to: &output, using: &scratch)
        return String(decoding: output, as: UTF8.self)
    }

    /// Whether a value under this name has to be hidden whatever it is.
    package static func hidesValue(of name: String) -> Bool { SecretNames.contains(name) }

    /// Leaves the redacted text in `scratch.text`.
    private static func prepare(_ text: RawSpan, limit: Int, _ scratch: inout RedactionScratch) {
        let window = text.extracting(0..<min(text.byteCount, limit + lookahead))
        scratch.text.removeAll(keepingCapacity: true)
        replaceSecrets(in: window, to: &scratch.text)
        // Encoded secrets: if a decoded form shows any, that form, redacted, is what is logged.
        var form = scratch.text
        for _ in 0..<encodingDepthMax {
            scratch.decoded.removeAll(keepingCapacity: true)
            guard decode(form.raw, to: &scratch.decoded) else { return }
            form = scratch.decoded
            if SecretScanner.next(in: form.raw, from: 0) != nil {
                scratch.text.removeAll(keepingCapacity: true)
                replaceSecrets(in: form.raw, to: &scratch.text)
                form = scratch.text
            }
        }
    }

    private static func replaceSecrets(in text: RawSpan, to output: inout [UInt8]) {
        var position = 0
        while let secret = SecretScanner.next(in: text, from: position) {
            let start = Int(secret.start)
            output.append(text.extracting(position..<start))
            output.append(mark)
            position = start + Int(secret.count)
        }
        output.append(text.extracting(position..<text.byteCount))
    }

    /// Undoes one layer of percent-encoding; false if there is none.
    private static func decode(_ text: RawSpan, to output: inout [UInt8]) -> Bool {
        var isEncoded = false
        var index = 0
        while index < text.byteCount {
            if text.byte(index) == 0x25, let byte = text.hexPair(at: index + 1) {
                output.append(byte)
                isEncoded = true
                index += 3
            } else {
                output.append(text.byte(index))
                index += 1
            }
        }
        return isEncoded
    }

    private static func appendCut(
        _ text: RawSpan, limit: Int, whole: Int, to output: inout [UInt8]
    ) {
        guard text.byteCount > limit || whole > limit + lookahead else {
            output.append(text)
            return
        }
        var end = min(limit, text.byteCount)
        // Not inside a UTF-8 sequence.
        while end > 0, end < text.byteCount, text.byte(end) & 0xC0 == 0x80 { end -= 1 }
        output.append(text.extracting(0..<end))
        output.append("…[cut: ")
        output.append(decimal: whole)
        output.append(" bytes]")
    }
}

extension Redaction {
    /// Appends `text` without its secrets, for the inside of a JSON string.
    @inline(__always)
    static func append(
        jsonEscaped text: RawSpan, limit: Int, to output: inout [UInt8],
        using scratch: inout RedactionScratch
    ) {
        if isClean(text, limit: limit) {
            output.append(jsonEscaped: text)
        } else {
            render(text, limit: limit, using: &scratch)
            output.append(jsonEscaped: scratch.output.raw)
        }
    }
}

extension JSONWriter {
    /// A string without its secrets, escaped.
    mutating func redacted(
        _ text: String, limit: Int = Redaction.textBytesMax,
        using scratch: inout RedactionScratch
    ) {
        string(writing: { output in
            var text = text
            text.withUTF8 { buffer in
                unsafe Redaction.append(
                    jsonEscaped: RawSpan(_unsafeElements: buffer), limit: limit, to: &output,
                    using: &scratch)
            }
        })
    }
}
