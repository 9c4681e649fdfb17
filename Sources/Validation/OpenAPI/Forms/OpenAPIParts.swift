import GatehouseCore

/// Holds the parts of a form to an operation's schema as they arrive: text and JSON are kept until
/// the end, of all others only the length is.
package struct OpenAPIParts: MultipartSink {
    /// What becomes of the part that began last.
    private enum Role { case text, json, bytes }

    private let form: OpenAPIForm
    private let rules: OpenAPIRules
    private let limits: JSONLimits
    private var content = OpenAPIFormContent()
    private var check: OpenAPIParameterCheck
    private var scratch = Scratch()
    /// The names of all parts.
    package private(set) var names: [String] = []
    /// The JSON texts among them, by name.
    package private(set) var texts: [(name: String, json: [UInt8])] = []

    private var role: Role?
    private var name = ""
    private var field: OpenAPIForm.Field
    private var bytes: [UInt8] = []
    private var count = 0
    private var keptCount = 0

    /// Bytes of all parts that are kept to be judged.
    package static let keptBytesMax = 4 << 20

    private final class Scratch {
        var tape = JSONTape()
        var contract = OpenAPIScratch()
    }

    init(_ form: OpenAPIForm, _ rules: OpenAPIRules, _ limits: JSONLimits) {
        self.form = form
        self.rules = rules
        self.limits = limits
        field = form.others
        check = OpenAPIParameterCheck(rules.requests, rules)
    }

    /// Names, in lower case, that headers of parts may have.
    package var headerNames: Set<String> { form.headerNames }
    /// Names of parts that may be there several times.
    package var repeatable: Set<String> { form.repeatable }

    package mutating func begin(_ part: MultipartPart) throws(MultipartError) {
        end()
        names.append(part.name)
        name = part.name
        let type = part.type.flatMap(OpenAPIMediaRange.init)
        if let declared = form.fields[name] {
            field = declared
            checkHeaders(part)
            guard checkType(part, type) else {
                role = .bytes
                return
            }
        } else {
            field = form.others
            field.parameter.name = name
            if part.filename != nil { field.content = .bytes }
        }
        let isJSON = type?.isJSON ?? field.isStructured
        switch field.content {
        case .judged: role = isJSON && !field.hasStyle ? .json : .text
        case .bytes: role = .bytes
        case .opaque: role = isJSON ? .json : .bytes
        }
        if role == .text, part.filename != nil {
            note("file", "must be a field and no file")
        }
        if role != .bytes, let charset = part.charset, charset != "utf-8", charset != "us-ascii" {
            note("contentType", "must be in UTF-8")
        }
    }

    package mutating func content(_ bytes: RawSpan) throws(MultipartError) {
        count += bytes.byteCount
        guard role != .bytes else { return }
        keptCount += bytes.byteCount
        guard keptCount <= Self.keptBytesMax else { throw .tooMuch("parts that are judged") }
        self.bytes.append(bytes)
    }

    /// Ends the last part, and judges all of them.
    package mutating func finish() -> [ValidationIssue] {
        end()
        var object = OpenAPIFormObject(form, check)
        object.write(content)
        let (json, sizes, issues) = object.finish()
        guard issues.isEmpty else { return issues }
        let limits = JSONLimits.assembled(from: limits)
        let program = rules.parts[form.program]
        scratch.contract.schema.sizes = sizes
        defer { scratch.contract.schema.sizes = [] }
        do throws(JSONError) {
            return try program.issues(
                reading: json.raw, form.block, rules.limits, limits, tape: &scratch.tape,
                scratch: &scratch.contract.schema)
        } catch {
            return [
                ValidationIssue(
                    pointer: "", keyword: "limit", message: "is too much to be checked")
            ]
        }
    }

    private mutating func end() {
        guard let role else { return }
        self.role = nil
        defer {
            bytes.removeAll(keepingCapacity: true)
            count = 0
        }
        switch role {
        case .bytes: content.add(.bytes(count), named: name)
        case .text:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return note("malformed", "must be in UTF-8")
            }
            content.add(.text(text), named: name)
        case .json:
            guard judge() else { return }
            texts.append((name, bytes))
            // Its schema was applied; in the object it is one of those that nobody can judge.
            content.add(field.content == .opaque ? .bytes(count) : .json(bytes), named: name)
        }
    }

    /// Whether a part is JSON, and what else is wrong with one that is judged by itself.
    private mutating func judge() -> Bool {
        var found: [ValidationIssue] = []
        let json = bytes
        var tape = JSONTape()
        swap(&tape, &scratch.tape)
        defer { swap(&tape, &scratch.tape) }
        do throws(JSONError) {
            _ = try tape.parse(json.raw, limits: limits)
            for block in field.blocks {
                found += try rules.parts[0].issues(
                    reading: json.raw, block, rules.limits, limits, tape: &tape,
                    scratch: &scratch.contract.schema)
            }
        } catch {
            note("malformed", "must be a JSON text: \(error.reason.rawValue)")
            return false
        }
        for issue in found {
            check.note(place + issue.pointer, issue.keyword, issue.message)
        }
        return true
    }

    private var place: String { "/" + String(name.prefix(256)).pointerEscaped }

    private mutating func note(_ keyword: String, _ message: String) {
        check.note(place, keyword, message)
    }

    private mutating func checkType(_ part: MultipartPart, _ type: OpenAPIMediaRange?) -> Bool {
        guard !field.types.isEmpty else { return true }
        // Without a type it is plain text (RFC 7578 section 4.4); where no other is named, an
        // object's text is JSON all the same.
        let claimed = type ?? OpenAPIMediaRange("text/plain")
        if let claimed, field.types.contains(where: { $0.contains(claimed) }) { return true }
        if type == nil, field.isStructured, field.types.contains(where: \.isJSON) { return true }
        let names = field.types.map { "\($0.type)/\($0.subtype)" }.joined(separator: ", ")
        check.note(
            place, "contentType", "must be of a media type that is declared", expected: names)
        return false
    }

    private mutating func checkHeaders(_ part: MultipartPart) {
        for header in field.headers {
            var own = OpenAPIParameterCheck(rules.requests, rules)
            let values = part.fields.filter { $0.name == header.name }.map(\.value)
            own.check(header, values, &scratch.contract)
            for issue in own.issues {
                check.note(
                    place, "header", "has a header \(header.name) that \(issue.message)",
                    expected: issue.expected)
            }
        }
        let declared = field.headers.map(\.name)
        for found in part.fields where !declared.contains(found.name) {
            note("header", "has a header that is not declared")
        }
    }
}

extension OpenAPIOperation {
    /// What holds the parts of a request's form to the schema; nil where none is declared for the
    /// media type.
    package func parts(mediaType: String, limits: JSONLimits) -> OpenAPIParts? {
        guard let type = OpenAPIMediaRange(mediaType),
            let media = content.body?.content.first(where: { $0.range.contains(type) }),
            let form = media.form, form.isMultipart
        else { return nil }
        return OpenAPIParts(form, rules, limits)
    }
}
