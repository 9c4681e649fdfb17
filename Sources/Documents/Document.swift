public import GatehouseStorage

/// An object as it may be stored: no key is an operator, no key is a path.
///
/// However it came about (from a request's JSON by `Decodable`, from a value by `Encodable`, by
/// hand), a key that begins with `$`, holds `.` or a zero byte, or is empty or doubled is refused
/// when it is made. So is what is too deep or has too many values.
public struct Document: Hashable, Sendable {
    /// The fields in their order.
    public let fields: [Field]

    /// One field.
    public struct Field: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Its value.
        public let value: DocumentValue
    }

    /// Most levels of objects and lists inside each other.
    public static let depthMax = 64
    /// Most fields and items of one document, with all that is inside.
    public static let valuesMax = 100_000

    /// A document of these fields.
    /// - Throws: `DatabaseError.refused`; its text never repeats a key.
    public init(_ fields: [(String, DocumentValue)]) throws(DatabaseError) {
        var seen = Set<String>()
        for (name, _) in fields {
            try Self.check(name)
            guard seen.insert(name).inserted else { throw .refused("a document with a key twice") }
        }
        self.fields = fields.map { Field(name: $0, value: $1) }
        var left = Self.valuesMax
        try Self.checkSize(.document(self), depth: 0, &left)
    }

    /// What a server reports; it is never sent.
    init(unchecked fields: [(String, DocumentValue)]) {
        self.fields = fields.map { Field(name: $0, value: $1) }
    }

    /// The value of a field, or nil.
    public subscript(_ name: String) -> DocumentValue? { fields.first { $0.name == name }?.value }

    private static func check(_ name: String) throws(DatabaseError) {
        guard let first = name.utf8.first else { throw .refused("a document with an empty key") }
        guard first != UInt8(ascii: "$") else {
            throw .refused("a document with an operator as key")
        }
        for byte in name.utf8 where byte == 0 || byte == UInt8(ascii: ".") {
            throw .refused("a document with a path as key")
        }
    }

    private static func checkSize(
        _ value: DocumentValue, depth: Int, _ left: inout Int
    ) throws(DatabaseError) {
        left -= 1
        guard left >= 0 else { throw .refused("a document with too many values") }
        guard depth <= depthMax else { throw .refused("a document that is too deep") }
        switch value {
        case .document(let document):
            for field in document.fields { try checkSize(field.value, depth: depth + 1, &left) }
        case .list(let items):
            for item in items { try checkSize(item, depth: depth + 1, &left) }
        default: return
        }
    }
}

extension Document: Codable {
    /// Reads any object, such as the body of a request.
    /// - Throws: `DatabaseError.refused` for keys that a document can't have.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: DocumentKey.self)
        var fields: [(String, DocumentValue)] = []
        for key in container.allKeys {
            fields.append((key.stringValue, try container.decode(DocumentValue.self, forKey: key)))
        }
        try self.init(fields)
    }

    /// Writes an object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: DocumentKey.self)
        for field in fields {
            try container.encode(field.value, forKey: DocumentKey(stringValue: field.name))
        }
    }
}

extension DocumentValue: Codable {
    /// Reads any JSON value.
    public init(from decoder: any Decoder) throws {
        guard decoder.codingPath.count <= Document.depthMax else {
            throw DatabaseError.refused("a document that is too deep")
        }
        if var list = try? decoder.unkeyedContainer() {
            var items: [DocumentValue] = []
            while !list.isAtEnd {
                guard items.count < Document.valuesMax else {
                    throw DatabaseError.refused("a document with too many values")
                }
                items.append(try list.decode(DocumentValue.self))
            }
            self = .list(items)
        } else if (try? decoder.container(keyedBy: DocumentKey.self)) != nil {
            self = .document(try Document(from: decoder))
        } else {
            let single = try decoder.singleValueContainer()
            if single.decodeNil() {
                self = .null
            } else if let value = try? single.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? single.decode(Int64.self) {
                self = .integer(value)
            } else if let value = try? single.decode(Double.self) {
                self = .double(value)
            } else {
                self = .text(try single.decode(String.self))
            }
        }
    }

    /// Writes the value; in other formats than ours, bytes are a list, ids their digits.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .document(let document): return try document.encode(to: encoder)
        case .list(let items): return try items.encode(to: encoder)
        case .bytes(let bytes): return try bytes.encode(to: encoder)
        case .date(let date): return try date.encode(to: encoder)
        case .id(let id): return try id.encode(to: encoder)
        default: break
        }
        var single = encoder.singleValueContainer()
        switch self {
        case .bool(let value): try single.encode(value)
        case .integer(let value): try single.encode(value)
        case .double(let value): try single.encode(value)
        case .text(let value): try single.encode(value)
        default: try single.encodeNil()
        }
    }
}

/// A key of any name.
struct DocumentKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
