import GatehouseCore
import GatehouseHTTP
import GatehouseValidation

/// The members of a small JSON object from a request: read by name, strictly, all of them.
struct JSONFields {
    private enum Value {
        case text(String)
        case number(Int64)
        case bool(Bool)
        case texts([String])
    }

    private var values: [String: Value] = [:]
    private static let bytesMax = 16_384
    private static let membersMax = 16
    private static let elementsMax = 64

    /// Reads the body of a request; without a body, no members.
    /// - Throws: `Rejection` 415 for another media type, 400 for no strict JSON, 422 for members
    ///   of kinds that no operation takes.
    init(_ request: Request) async throws(Rejection) {
        let bytes = try await request.body.collect()
        if bytes.isEmpty { return }
        try Self.checkType(request)
        var tape = JSONTape()
        var limits = JSONLimits()
        limits.bytesMax = .bytes(Self.bytesMax)
        let root: JSONValue
        do throws(JSONError) { root = try tape.parse(bytes.raw, limits: limits) } catch {
            throw Rejection(400, .invalidInput, detail: "body: no strict JSON")
        }
        guard root.kind == .object, root.count <= Self.membersMax else {
            throw Rejection(400, .invalidInput, detail: "body: no small JSON object")
        }
        var members = root.members
        while let member = members.next() {
            guard let name = member.name.string else { continue }
            guard let value = try Self.value(member.value, name) else { continue }
            values[name] = value
        }
    }

    private static func checkType(_ request: Request) throws(Rejection) {
        let head = request.head
        let text = head.value(.contentType).map { head.text($0).lowercased() } ?? ""
        let type = text.split(separator: ";").first.map(String.init) ?? ""
        guard type == "application/json" else {
            throw Rejection(415, .unsupportedMediaType, detail: "body: not application/json")
        }
    }

    private static func value(_ value: JSONValue, _ name: String) throws(Rejection) -> Value? {
        if value.kind == .null { return nil }
        if let text = value.string { return .text(text) }
        if let number = value.integer { return .number(number) }
        if let bool = value.bool { return .bool(bool) }
        guard value.kind == .array, value.count <= elementsMax else {
            throw Rejection(field: name, "wrong kind of value")
        }
        var texts: [String] = []
        var elements = value.elements
        while let element = elements.next() {
            guard let text = element.string else {
                throw Rejection(field: name, "not a list of texts")
            }
            texts.append(text)
        }
        return .texts(texts)
    }

    /// A text that must be there.
    mutating func text(_ name: String) throws(Rejection) -> String {
        guard let text = try optionalText(name) else { throw Rejection(field: name, "is missing") }
        return text
    }

    /// A text, or nil.
    mutating func optionalText(_ name: String) throws(Rejection) -> String? {
        switch values.removeValue(forKey: name) {
        case nil: return nil
        case .text(let text): return text
        default: throw Rejection(field: name, "is no text")
        }
    }

    /// A whole number, or nil.
    mutating func optionalNumber(_ name: String) throws(Rejection) -> Int64? {
        switch values.removeValue(forKey: name) {
        case nil: return nil
        case .number(let number): return number
        default: throw Rejection(field: name, "is no whole number")
        }
    }

    /// Whether something is wanted; false when it is not there.
    mutating func flag(_ name: String) throws(Rejection) -> Bool {
        switch values.removeValue(forKey: name) {
        case nil: return false
        case .bool(let bool): return bool
        default: throw Rejection(field: name, "is neither true nor false")
        }
    }

    /// A list of texts; none when it is not there.
    mutating func texts(_ name: String) throws(Rejection) -> [String] {
        switch values.removeValue(forKey: name) {
        case nil: return []
        case .texts(let texts): return texts
        default: throw Rejection(field: name, "is no list of texts")
        }
    }

    /// Refuses members that nobody asked for.
    func end() throws(Rejection) {
        guard let name = values.keys.min() else { return }
        throw Rejection(field: String(name.prefix(64)), "is not expected")
    }
}
