extension ScenarioFile {
    /// Reads a scenario file.
    init(parsing text: String) throws(ScenarioError) {
        var parser = ScenarioParser(text)
        self = try parser.parse()
    }
}

/// Reads the sections of a scenario file one after the other.
private struct ScenarioParser {
    private struct Section {
        var kind: String
        var label: String
        var line: Int
        /// Lines without the empty ones at the end.
        var lines: [Substring]
    }

    private let lines: [Substring]
    private var file = ScenarioFile()

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    mutating func parse() throws(ScenarioError) -> ScenarioFile {
        for section in try sections() { try take(section) }
        for exchange in file.exchanges where exchange.response == ResponseExpectation() {
            throw ScenarioError(exchange.line, "a request without a response")
        }
        return file
    }

    private mutating func sections() throws(ScenarioError) -> [Section] {
        var found: [Section] = []
        var title: [String] = []
        for (index, line) in lines.enumerated() {
            if line.hasPrefix("=== ") {
                let words = line.dropFirst(4).split(separator: " ", maxSplits: 1)
                guard let kind = words.first else { throw .init(index + 1, "=== of what?") }
                let label = words.count > 1 ? String(words[1]) : ""
                found.append(.init(kind: String(kind), label: label, line: index + 1, lines: []))
            } else if !found.isEmpty {
                found[found.count - 1].lines.append(line)
            } else if line.hasPrefix("#") {
                title.append(String(line.drop { $0 == "#" || $0 == " " }))
            } else if !line.isEmpty {
                throw .init(index + 1, "text before the first section; a comment begins with #")
            }
        }
        guard !title.isEmpty else { throw .init(1, "say in a # comment what the file shows") }
        file.title = title.joined(separator: " ")
        for index in found.indices {
            while found[index].lines.last?.isEmpty == true { found[index].lines.removeLast() }
        }
        return found
    }

    private mutating func take(_ section: Section) throws(ScenarioError) {
        switch section.kind {
        case "use":
            guard !section.label.isEmpty, file.base == nil else {
                throw .init(section.line, "=== use names one other file, once")
            }
            file.base = section.label
        case "config":
            guard file.configuration.isEmpty else { throw .init(section.line, "a second config") }
            file.configuration = section.lines.joined(separator: "\n") + "\n"
        case "token": file.tokens.append(try token(section))
        case "request": file.exchanges.append(try exchange(section))
        case "answer", "response", "upstream", "log": try complete(section)
        default: throw .init(section.line, "no such section: \(section.kind)")
        }
    }

    private func token(_ section: Section) throws(ScenarioError) -> ScenarioToken {
        guard !section.label.isEmpty else { throw .init(section.line, "a token wants a name") }
        var token = ScenarioToken(name: section.label)
        for (offset, line) in section.lines.enumerated() {
            let number = section.line + 1 + offset
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 || line == "unsigned" else {
                throw .init(number, "header JSON, claims JSON, signed KEY or unsigned")
            }
            switch words[0] {
            case "header": token.header = try .line(words[1], at: number)
            case "claims": token.claims = try .line(words[1], at: number)
            case "signed": token.key = String(words[1])
            case "unsigned": token.key = nil
            default: throw .init(number, "no such part of a token: \(words[0])")
            }
        }
        guard !token.header.isEmpty, !token.claims.isEmpty else {
            throw .init(section.line, "a token wants a header and claims")
        }
        return token
    }

    private func exchange(_ section: Section) throws(ScenarioError) -> ScenarioExchange {
        var exchange = ScenarioExchange(line: section.line)
        let parts = section.label.split(separator: ";").map { part in
            String(part.drop { $0 == " " })
        }
        exchange.label = parts.first ?? ""
        for part in parts.dropFirst() {
            switch part {
            case "same connection": exchange.sameConnection = true
            case "over http", "over https", "over redirect":
                exchange.listener = String(part.dropFirst(5))
            default: throw .init(section.line, "no such attribute of a request: \(part)")
            }
        }
        if exchange.sameConnection, file.exchanges.isEmpty {
            throw .init(section.line, "there is no connection before the first request")
        }
        exchange.request = try message(section)
        return exchange
    }

    /// A head whose lines end in CRLF and that an empty line ends; a body without a final line end.
    private func message(_ section: Section) throws(ScenarioError) -> ScenarioText {
        guard !section.lines.isEmpty else { throw .init(section.line, "an empty message") }
        var text = ScenarioText()
        var inBody = false
        for (offset, line) in section.lines.enumerated() {
            let number = section.line + 1 + offset
            let isLast = offset == section.lines.count - 1
            let joins = line.trailingBackslashes % 2 == 1
            text.append(try .line(joins ? line.dropLast() : line, at: number))
            if !joins, !(inBody && isLast) { text.append([13, 10]) }
            if line.isEmpty { inBody = true }
            if isLast, !inBody, !joins { text.append([13, 10]) }
        }
        return text
    }

    /// Adds what belongs to the request before it.
    private mutating func complete(_ section: Section) throws(ScenarioError) {
        guard let last = file.exchanges.indices.last else {
            throw .init(section.line, "=== \(section.kind) wants a request before it")
        }
        switch section.kind {
        case "answer":
            guard file.exchanges[last].answer == nil else { throw .init(section.line, "twice") }
            switch section.lines {
            case ["closes"]: file.exchanges[last].answer = .closes
            case ["silence"]: file.exchanges[last].answer = .silence
            default: file.exchanges[last].answer = .bytes(try message(section))
            }
        case "upstream":
            guard file.exchanges[last].upstream == nil else { throw .init(section.line, "twice") }
            file.exchanges[last].upstream = try upstream(section)
        case "log":
            file.exchanges[last].log = try body(section.lines[...], at: section.line + 1)
        default:
            guard file.exchanges[last].response == ResponseExpectation() else {
                throw .init(section.line, "a second response to one request")
            }
            file.exchanges[last].response = try response(section)
        }
    }

    private func response(_ section: Section) throws(ScenarioError) -> ResponseExpectation {
        var expected = ResponseExpectation()
        var words = (section.lines.first ?? "").split(separator: " ")[...]
        if words.last == "closes" {
            expected.closes = true
            words.removeLast()
        }
        guard let first = words.popFirst() else {
            // "closes" alone: no answer at all.
            guard expected.closes else { throw .init(section.line + 1, "a status, or closes") }
            return expected
        }
        guard let status = Int(first), (100...599).contains(status), words.count <= 1 else {
            throw .init(section.line + 1, "STATUS, STATUS code, or closes")
        }
        expected.status = status
        expected.code = words.first.map(String.init)
        (expected.fields, expected.body) = try fieldsAndBody(section)
        return expected
    }

    private func upstream(_ section: Section) throws(ScenarioError) -> UpstreamExpectation {
        guard let first = section.lines.first else {
            throw .init(section.line, "what the upstream saw, or nothing")
        }
        if section.lines == ["nothing"] { return .nothing }
        let (fields, body) = try fieldsAndBody(section)
        return .request(line: try .line(first, at: section.line + 1), fields: fields, body: body)
    }

    private func fieldsAndBody(
        _ section: Section
    ) throws(ScenarioError) -> ([FieldExpectation], BodyExpectation) {
        var fields: [FieldExpectation] = []
        for (offset, line) in section.lines.enumerated().dropFirst() {
            if line.isEmpty {
                let rest = section.lines[(offset + 1)...]
                return (fields, try body(rest, at: section.line + 2 + offset))
            }
            fields.append(try field(line, at: section.line + 1 + offset))
        }
        return (fields, .any)
    }

    /// `Name: value`, `Name ~ part`, `Name: *` for any value, `!Name` for absence.
    private func field(
        _ line: Substring, at number: Int
    ) throws(ScenarioError) -> FieldExpectation {
        if line.hasPrefix("!") {
            let name = String(line.dropFirst())
            guard name.isFieldName else { throw .init(number, "!Name, nothing else") }
            return .init(name: name, kind: .absent)
        }
        let name = String(line.prefix { $0 != ":" && $0 != " " })
        let rest = line.dropFirst(name.count)
        guard name.isFieldName else { throw .init(number, "no field name: \(line)") }
        if rest.hasPrefix(" ~ ") {
            return .init(name: name, kind: .contains(try .line(rest.dropFirst(3), at: number)))
        }
        guard rest.hasPrefix(": ") else {
            throw .init(number, "Name: value, Name ~ part, Name: * or !Name")
        }
        if rest == ": *" { return .init(name: name, kind: .present) }
        return .init(name: name, kind: .equals(try .line(rest.dropFirst(2), at: number)))
    }

    /// Lines that begin with `~ ` or `!~ ` are parts; else it is the body; `(empty)` is none.
    private func body(
        _ lines: ArraySlice<Substring>, at number: Int
    ) throws(ScenarioError) -> BodyExpectation {
        if Array(lines) == ["(empty)"] { return .equals(ScenarioText()) }
        guard lines.first?.hasPrefix("~ ") == true || lines.first?.hasPrefix("!~ ") == true else {
            var text = ScenarioText()
            for (offset, line) in lines.enumerated() {
                if offset > 0 { text.append([10]) }
                text.append(try .line(line, at: number + offset))
            }
            return .equals(text)
        }
        var parts: [ScenarioText] = []
        var not: [ScenarioText] = []
        for (offset, line) in lines.enumerated() {
            if line.hasPrefix("~ ") {
                parts.append(try .line(line.dropFirst(2), at: number + offset))
            } else if line.hasPrefix("!~ ") {
                not.append(try .line(line.dropFirst(3), at: number + offset))
            } else {
                throw .init(number + offset, "every line ~ or !~, or none")
            }
        }
        return .contains(parts, not: not)
    }
}

extension StringProtocol {
    fileprivate var trailingBackslashes: Int { reversed().prefix { $0 == "\\" }.count }

    fileprivate var isFieldName: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }
}
