import GatehouseCore
public import GatehouseStorage
public import GatehouseValidation

extension Document {
    /// The document of an object in a request's JSON, as it is to be stored: an operator or a path
    /// is refused wherever it stands, and so is a number that no document holds.
    ///
    /// ```swift
    /// let profile = try Document(tape.parse(body))
    /// try await users.update(.set(\.extra, profile), where: …)
    /// ```
    /// - Throws: `DatabaseError.refused`; its text repeats nothing of the request.
    public init(_ json: borrowing JSONValue) throws(DatabaseError) {
        guard case .document(let document) = try DocumentValue(json) else {
            throw .refused("JSON that is no object")
        }
        self = document
    }
}

extension DocumentValue {
    /// The value of a request's JSON.
    /// - Throws: `DatabaseError.refused`, as for a document.
    public init(_ json: borrowing JSONValue) throws(DatabaseError) {
        try self.init(json, depth: 0)
    }

    private init(_ json: borrowing JSONValue, depth: Int) throws(DatabaseError) {
        guard depth <= Document.depthMax else { throw .refused("a document that is too deep") }
        switch json.kind {
        case .null: self = .null
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .string: self = .text(json.string ?? "")
        case .number: self = try Self.number(json)
        case .array:
            var items: [DocumentValue] = []
            var elements = json.elements
            while let element = elements.next() {
                items.append(try DocumentValue(element, depth: depth + 1))
            }
            self = .list(items)
        case .object:
            var fields: [(String, DocumentValue)] = []
            var members = json.members
            while let member = members.next() {
                fields.append(
                    (member.name.string ?? "", try DocumentValue(member.value, depth: depth + 1)))
            }
            self = .document(try Document(fields))
        }
    }

    /// Whole numbers stay whole; one beyond 64 bits would become another.
    private static func number(
        _ json: borrowing JSONValue
    ) throws(DatabaseError) -> DocumentValue {
        if let integer = json.integer { return .integer(integer) }
        let text = String(lossy: json.text)
        let isWhole = !text.utf8.contains { $0 == 0x2E || $0 | 0x20 == 0x65 }
        guard !isWhole, let value = Double(text), value.isFinite else {
            throw .refused("a number that a document cannot hold")
        }
        return .double(value)
    }
}
