/// Bytes of a scenario with places left for what only the runner knows, such as `<token admin>`.
struct ScenarioText: Equatable {
    enum Part: Equatable {
        case bytes([UInt8])
        case placeholder(String)
    }

    private(set) var parts: [Part] = []

    init() {}

    /// Text as it stands, without placeholders.
    init(_ text: String) { append(Array(text.utf8)) }

    var isEmpty: Bool { parts.isEmpty }

    /// Names of the placeholders, in order.
    var placeholders: [String] {
        parts.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
    }

    mutating func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        if case .bytes(let before) = parts.last {
            parts[parts.count - 1] = .bytes(before + bytes)
        } else {
            parts.append(.bytes(bytes))
        }
    }

    mutating func append(_ other: ScenarioText) {
        for part in other.parts {
            switch part {
            case .bytes(let bytes): append(bytes)
            case .placeholder: parts.append(part)
            }
        }
    }

    /// The bytes, with `resolve` answering for each placeholder.
    func bytes(resolving resolve: (String) throws -> [UInt8]) rethrows -> [UInt8] {
        try parts.flatMap { part in
            switch part {
            case .bytes(let bytes): bytes
            case .placeholder(let name): try resolve(name)
            }
        }
    }

    /// Reads one line: `\r \n \t \0 \\ \< \s` and `\xHH` are bytes, `<name>` is a placeholder.
    /// A backslash at the end is no escape: `ScenarioFile` reads it as “no line end here”.
    static func line(_ line: some StringProtocol, at number: Int) throws(ScenarioError) -> Self {
        var text = ScenarioText()
        var rest = Array(line.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\") {
                text.append([try escape(&rest, at: number)])
            } else if byte == UInt8(ascii: "<"), let name = placeholder(&rest) {
                text.parts.append(.placeholder(name))
            } else {
                text.append([byte])
            }
        }
        return text
    }

    private static func escape(
        _ rest: inout ArraySlice<UInt8>, at number: Int
    ) throws(ScenarioError) -> UInt8 {
        guard let byte = rest.popFirst() else { throw .init(number, "nothing after the backslash") }
        switch byte {
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "s"): return 32
        case UInt8(ascii: "0"): return 0
        case UInt8(ascii: "\\"), UInt8(ascii: "<"): return byte
        case UInt8(ascii: "x"):
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else {
                throw .init(number, "\\x wants two hexadecimal digits")
            }
            rest = rest.dropFirst(2)
            return value
        default:
            let escape = String(decoding: [byte], as: UTF8.self)
            throw .init(number, "no such escape: \\\(escape)")
        }
    }

    /// A placeholder is lower-case words between `<` and `>`; anything else is text, such as HTML.
    private static func placeholder(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let end = rest.firstIndex(of: UInt8(ascii: ">")), end > rest.startIndex else {
            return nil
        }
        let name = rest[rest.startIndex..<end]
        let isName = name.allSatisfy { byte in
            (97...122).contains(byte) || (48...57).contains(byte) || " -+".utf8.contains(byte)
        }
        guard isName, let first = name.first, (97...122).contains(first) else { return nil }
        rest = rest[(end + 1)...]
        return String(decoding: name, as: UTF8.self)
    }
}

/// What is wrong with a scenario file, and where.
struct ScenarioError: Error, Equatable, CustomStringConvertible {
    /// From 1.
    let line: Int
    let message: String

    init(_ line: Int, _ message: String) {
        self.line = line
        self.message = message
    }

    var description: String { "line \(line): \(message)" }
}
