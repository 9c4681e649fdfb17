public import GatehouseStorage

extension Document {
    /// The document as a value whose coding keys are the names of the fields.
    public func decoded<Value: Decodable>(
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        do {
            return try DocumentDecoder.decode(type, .document(self))
        } catch let error as DatabaseError { throw error } catch {
            // Texts of decoding errors quote values.
            throw .unexpected("a document does not decode as \(type)")
        }
    }
}

/// A value of a document as a decoder.
private struct DocumentDecoder: Decoder {
    let value: DocumentValue
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func decode<Value: Decodable>(
        _ type: Value.Type, _ value: DocumentValue
    ) throws -> Value {
        let native: Any? =
            switch value {
            case .id(let id): id
            case .date(let date): date
            case .bytes(let bytes): bytes
            case .document(let document): document
            default: nil
            }
        if let native = native as? Value { return native }
        if let whole = value as? Value { return whole }
        return try Value(from: DocumentDecoder(value: value))
    }

    static var wrong: DatabaseError { .unexpected("a field of another type") }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .document(let document) = value else { throw Self.wrong }
        return KeyedDecodingContainer(FieldContainer<Key>(document: document))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .list(let items) = value else { throw Self.wrong }
        return ItemContainer(items: items)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        SingleContainer(value: value)
    }
}

private struct FieldContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let document: Document
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { document.fields.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { document[key.stringValue] != nil }

    private func value(_ key: Key) throws(DatabaseError) -> DocumentValue {
        guard let value = document[key.stringValue] else {
            throw .unexpected("no field \(key.stringValue)")
        }
        return value
    }

    func decodeNil(forKey key: Key) throws -> Bool { try value(key) == .null }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try DocumentDecoder.decode(type, value(key))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try DocumentDecoder(value: value(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try DocumentDecoder(value: value(key)).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { DocumentDecoder(value: .document(document)) }
    func superDecoder(forKey key: Key) throws -> any Decoder {
        try DocumentDecoder(value: value(key))
    }
}

private struct ItemContainer: UnkeyedDecodingContainer {
    let items: [DocumentValue]
    var currentIndex = 0
    var codingPath: [any CodingKey] { [] }
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    init(items: [DocumentValue]) { self.items = items }

    private mutating func next() throws(DatabaseError) -> DocumentValue {
        guard !isAtEnd else { throw .unexpected("a list that is too short") }
        defer { currentIndex += 1 }
        return items[currentIndex]
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, items[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try DocumentDecoder.decode(type, next())
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try DocumentDecoder(value: next()).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try DocumentDecoder(value: next()).unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { try DocumentDecoder(value: next()) }
}

private struct SingleContainer: SingleValueDecodingContainer {
    let value: DocumentValue
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { value == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let truth) = value else { throw DocumentDecoder.wrong }
        return truth
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .text(let text) = value else { throw DocumentDecoder.wrong }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double {
        switch value {
        case .double(let number): return number
        case .integer(let number): return Double(number)
        default: throw DocumentDecoder.wrong
        }
    }

    private func whole<Number: FixedWidthInteger>() throws -> Number {
        guard case .integer(let number) = value, let fitting = Number(exactly: number) else {
            throw DocumentDecoder.wrong
        }
        return fitting
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try whole() }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole() }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole() }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole() }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole() }
    func decode(_ type: UInt.Type) throws -> UInt { try whole() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole() }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try DocumentDecoder.decode(type, value)
    }
}
