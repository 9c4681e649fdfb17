import GatehouseCore

extension DocumentTree {
    /// The tree as YAML in blocks; texts that could be read as something else are quoted.
    package func yaml() -> [UInt8] {
        var output: [UInt8] = []
        writeYAML(to: &output, indent: 0)
        return output
    }

    /// The tree as JSON that people read.
    package func indentedJSON() -> [UInt8] {
        var output: [UInt8] = []
        writeJSON(to: &output, indent: 0)
        output.append(0x0A)
        return output
    }

    private func writeYAML(to output: inout [UInt8], indent: Int) {
        switch self {
        case .object(let members) where !members.isEmpty:
            for (index, member) in members.enumerated() {
                if index > 0 { output.pad(indent) }
                output.append(contentsOf: Self.plain(member.name).utf8)
                output.append(UInt8(ascii: ":"))
                member.value.writeNested(to: &output, indent: indent)
            }
        case .array(let elements) where !elements.isEmpty:
            for (index, element) in elements.enumerated() {
                if index > 0 { output.pad(indent) }
                output.append("- ")
                if element.isNested {
                    element.writeYAML(to: &output, indent: indent + 2)
                } else {
                    element.writeNested(to: &output, indent: indent, isFirst: true)
                }
            }
        default: writeNested(to: &output, indent: indent, isFirst: true)
        }
    }

    private var isNested: Bool {
        switch self {
        case .object(let members): !members.isEmpty
        case .array(let elements): !elements.isEmpty
        default: false
        }
    }

    /// A value behind its name.
    private func writeNested(to output: inout [UInt8], indent: Int, isFirst: Bool = false) {
        if isNested {
            output.append(0x0A)
            output.pad(indent + 2)
            return writeYAML(to: &output, indent: indent + 2)
        }
        if !isFirst { output.append(0x20) }
        if case .text(let text) = self {
            output.append(contentsOf: Self.plain(text).utf8)
        } else {
            output.append(contentsOf: json())
        }
        output.append(0x0A)
    }

    private func writeJSON(to output: inout [UInt8], indent: Int) {
        switch self {
        case .object(let members) where !members.isEmpty:
            output.append("{\n")
            for (index, member) in members.enumerated() {
                output.pad(indent + 2)
                output.append(contentsOf: DocumentTree.text(member.name).json())
                output.append(": ")
                member.value.writeJSON(to: &output, indent: indent + 2)
                output.append(index + 1 < members.count ? ",\n" : "\n")
            }
            output.pad(indent)
            output.append(UInt8(ascii: "}"))
        case .array(let elements) where !elements.isEmpty:
            output.append("[\n")
            for (index, element) in elements.enumerated() {
                output.pad(indent + 2)
                element.writeJSON(to: &output, indent: indent + 2)
                output.append(index + 1 < elements.count ? ",\n" : "\n")
            }
            output.pad(indent)
            output.append(UInt8(ascii: "]"))
        default: output.append(contentsOf: json())
        }
    }

    /// Words that a reader of YAML 1.1 or 1.2 takes for something else than text.
    private static let words: Set<String> = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n",
    ]

    /// A text without quotes where that is safe.
    private static func plain(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let isPlain =
            bytes.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x20, 0x2D...0x2F, 0x5F: true
                default: false
                }
            } && bytes.last != 0x20 && !words.contains(text.lowercased())
        if isPlain, let first = bytes.first {
            // A path begins with a slash; a digit may begin a number or a day.
            let isLetter = first & 0xDF >= 0x41 && first & 0xDF <= 0x5A
            if isLetter || first == UInt8(ascii: "/") { return text }
        }
        return String(decoding: DocumentTree.text(text).json(), as: UTF8.self)
    }
}

extension [UInt8] {
    fileprivate mutating func pad(_ count: Int) {
        append(contentsOf: repeatElement(0x20, count: count))
    }
}
