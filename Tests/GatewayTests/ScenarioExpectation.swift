/// What one field must look like.
struct FieldExpectation: Equatable {
    enum Kind: Equatable {
        case equals(ScenarioText)
        case contains(ScenarioText)
        case present
        case absent
    }

    var name: String
    var kind: Kind
}

/// What a body must look like.
enum BodyExpectation: Equatable {
    /// The scenario does not say.
    case any
    /// Exactly this.
    case equals(ScenarioText)
    /// All of the first, none of the second.
    case contains([ScenarioText], not: [ScenarioText])

    /// What differs from a body, or a line of the log; empty when nothing does.
    func mismatches(
        with bytes: [UInt8], resolving resolve: (String) throws -> [UInt8]
    ) throws -> [String] {
        func text(_ text: ScenarioText) throws -> String {
            String(decoding: try text.bytes(resolving: resolve), as: UTF8.self)
        }
        let content = String(decoding: bytes, as: UTF8.self)
        switch self {
        case .any: return []
        case .equals(let wanted):
            let wanted = try wanted.bytes(resolving: resolve)
            return bytes == wanted
                ? [] : ["“\(content)”, expected “\(String(decoding: wanted, as: UTF8.self))”"]
        case .contains(let parts, let not):
            let missing = try parts.map(text).filter { !content.contains($0) }
            let forbidden = try not.map(text).filter(content.contains)
            return missing.map { "no “\($0)” in “\(content)”" }
                + forbidden.map { "“\($0)” in “\(content)”" }
        }
    }
}

/// What the client must get.
struct ResponseExpectation: Equatable {
    /// Nil: the connection closes without an answer.
    var status: Int?
    /// The stable code that ends the problem document's `type`.
    var code: String?
    /// Whether the connection must close after the answer.
    var closes = false
    var fields: [FieldExpectation] = []
    var body = BodyExpectation.any

    /// What differs from a response that came, in sentences; empty when nothing does.
    func mismatches(
        with response: ReceivedMessage, resolving resolve: (String) throws -> [UInt8]
    ) throws -> [String] {
        var found: [String] = []
        let status = Int(response.startLine.split(separator: " ").dropFirst().first ?? "")
        if status != self.status {
            found.append("status \(status ?? 0), expected \(self.status ?? 0)")
        }
        if let code, response.problemCode != code {
            found.append("problem \(response.problemCode ?? "none"), expected \(code)")
        }
        return try found
            + response.mismatches(fields: fields, body: body, resolving: resolve)
    }
}

/// What the upstream must have seen.
enum UpstreamExpectation: Equatable {
    case nothing
    /// A request with this start line and these fields.
    case request(line: ScenarioText, fields: [FieldExpectation], body: BodyExpectation)

    /// What differs from the requests that the upstream saw since the exchange began.
    func mismatches(
        with seen: [ReceivedMessage], resolving resolve: (String) throws -> [UInt8]
    ) throws -> [String] {
        switch self {
        case .nothing:
            return seen.map { "the upstream saw \($0.startLine), expected nothing" }
        case .request(let line, let fields, let body):
            guard seen.count == 1, let request = seen.first else {
                return ["the upstream saw \(seen.count) requests, expected one"]
            }
            let wanted = String(decoding: try line.bytes(resolving: resolve), as: UTF8.self)
            let start =
                request.startLine == wanted
                ? [] : ["the upstream saw “\(request.startLine)”, expected “\(wanted)”"]
            return try start
                + request.mismatches(fields: fields, body: body, resolving: resolve)
        }
    }
}

/// A message as it came over a socket, for comparing.
struct ReceivedMessage: Equatable {
    var startLine: String
    /// Names as sent, in order.
    var fields: [(name: String, value: String)]
    var body: [UInt8]

    static func == (left: Self, right: Self) -> Bool {
        left.startLine == right.startLine && left.body == right.body
            && left.fields.elementsEqual(right.fields, by: ==)
    }

    /// Reads a message whose body is what follows the head (chunked coding already undone).
    init?(head: [UInt8], body: [UInt8]) {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n").map(String.init)
        guard let first = lines.first else { return nil }
        startLine = first
        fields = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            let value = line[colon...].dropFirst().drop { $0 == " " }
            return (String(line[..<colon]), String(value))
        }
        self.body = body
    }

    /// Values of a field, joined the way RFC 9110 section 5.2 joins them; nil when it is absent.
    func value(_ name: String) -> String? {
        let values = fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The problem document's `code`, or else the last part of its `type`.
    var problemCode: String? {
        guard value("Content-Type")?.hasPrefix("application/problem+json") == true else {
            return nil
        }
        let text = String(decoding: body, as: UTF8.self)
        guard
            let start = text.firstRange(of: "\"code\":") ?? text.firstRange(of: "\"type\":")
        else { return nil }
        let value = text[start.upperBound...].drop { $0 == " " || $0 == "\"" }.prefix { $0 != "\"" }
        return value.split { "/:#".contains($0) }.last.map(String.init)
    }

    func mismatches(
        fields wanted: [FieldExpectation], body expected: BodyExpectation,
        resolving resolve: (String) throws -> [UInt8]
    ) throws -> [String] {
        func text(_ text: ScenarioText) throws -> String {
            String(decoding: try text.bytes(resolving: resolve), as: UTF8.self)
        }
        var found: [String] = []
        for field in wanted {
            let value = value(field.name)
            let isRight =
                switch field.kind {
                case .absent: value == nil
                case .present: value != nil
                case .equals(let expected): value == (try text(expected))
                case .contains(let part): value?.contains(try text(part)) == true
                }
            if !isRight {
                found.append("\(field.name): \(value ?? "absent"), expected \(field.kind)")
            }
        }
        return try found + expected.mismatches(with: body, resolving: resolve)
    }
}
