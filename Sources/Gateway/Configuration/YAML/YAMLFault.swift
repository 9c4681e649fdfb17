import GatehouseCore

/// Why a text is no configuration that we read: a syntax error or a feature that we refuse.
struct YAMLFault: Error, Sendable {
    /// What is wrong, as a title.
    let problem: String
    /// What stands there.
    let found: String
    /// What should.
    let expected: String
    let span: TextSpan
}

/// Bounds of a configuration text. A file beyond them is refused before it costs anything.
enum YAMLLimit {
    static let bytesMax = 1 << 20
    static let depthMax = 32
    static let nodesMax = 100_000
}

/// Bounds of one text; those of a configuration unless something larger is read.
struct YAMLBounds {
    var bytesMax = YAMLLimit.bytesMax
    var depthMax = YAMLLimit.depthMax
    var nodesMax = YAMLLimit.nodesMax
}

/// Checks a text before libyaml sees it: size, UTF-8, and characters that hide what a line says.
enum YAMLText {
    static func check(
        _ bytes: [UInt8], bytesMax: Int = YAMLLimit.bytesMax
    ) throws(YAMLFault) {
        var position = TextPosition(line: 1, column: 1)
        guard bytes.count <= bytesMax else {
            throw fault(
                "the file is too large", "\(bytes.count) bytes",
                "at most \(ByteCount.bytes(bytesMax))", position)
        }
        let span = bytes.raw
        var index = 0
        while index < bytes.count {
            let length = span.scalarLength(at: index)
            guard length > 0 else {
                let byte = String(bytes[index], radix: 16, uppercase: true)
                throw fault("the text is not UTF-8", "byte 0x\(byte)", "UTF-8 text", position)
            }
            let byte = bytes[index]
            if byte == 0x0A
                || byte == 0x0D && (index + 1 >= bytes.count || bytes[index + 1] != 0x0A)
            {
                position = TextPosition(line: position.line + 1, column: 0)
            } else if byte != 0x09, byte != 0x0D {
                try checkScalar(bytes[index..<index + length], at: position, first: index == 0)
            }
            position.column += 1
            index += length
        }
    }

    private static func checkScalar(
        _ bytes: ArraySlice<UInt8>, at position: TextPosition, first: Bool
    ) throws(YAMLFault) {
        let scalar = String(decoding: bytes, as: UTF8.self).unicodeScalars.first
        guard let scalar, !scalar.isDisplayable else { return }
        if first, scalar.value == 0xFEFF { return }
        let code = String(scalar.value, radix: 16, uppercase: true)
        throw fault(
            "a character that does not show",
            "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code,
            "printable text", position)
    }

    private static func fault(
        _ problem: String, _ found: String, _ expected: String, _ position: TextPosition
    ) -> YAMLFault {
        let end = TextPosition(line: position.line, column: position.column + 1)
        return YAMLFault(
            problem: problem, found: found, expected: expected,
            span: TextSpan(start: position, end: end))
    }
}
