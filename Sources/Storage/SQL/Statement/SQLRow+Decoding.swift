extension SQLRow {
    /// The row as a value whose coding keys are the names of the columns; a value of one column
    /// may be a plain `Int`, `String` and so on.
    ///
    /// Columns hold scalars: a property that is itself an object or a list does not decode, bytes
    /// (`[UInt8]`) and enumerations with raw values do. Truth is 0 or 1.
    public func decoded<Value: Decodable>(
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        do { return try RowDecoder.decode(type, from: self) } catch let error as DatabaseError {
            throw error
        } catch DecodingError.keyNotFound(let key, _) {
            throw .unexpected("no column \(key.stringValue)")
        } catch {
            // Texts of decoding errors quote values.
            throw .unexpected("a row does not decode as \(type)")
        }
    }
}

/// A row, or one value of it, as a decoder.
private struct RowDecoder: Decoder {
    let row: SQLRow
    /// Nil stands for the whole row.
    let column: String?
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func decode<Value: Decodable>(
        _ type: Value.Type, from row: SQLRow, column: String? = nil
    ) throws -> Value {
        if type == [UInt8].self {
            let decoder = RowDecoder(row: row, column: column)
            if let bytes = try decoder.row.blob(decoder.onlyColumn()) as? Value { return bytes }
        }
        return try Value(from: RowDecoder(row: row, column: column))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        if let column { throw row.wrong(column) }
        return KeyedDecodingContainer(ColumnContainer<Key>(row: row))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw DatabaseError.unexpected("a column holds one value, not a list")
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        ValueContainer(row: row, column: try onlyColumn())
    }

    func onlyColumn() throws(DatabaseError) -> String {
        if let column { return column }
        guard row.names.count == 1, let only = row.names.first else {
            throw .unexpected("one value of a row with \(row.names.count) columns")
        }
        return only
    }
}

private struct ColumnContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let row: SQLRow
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { row.names.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { row.names.contains(key.stringValue) }

    func decodeNil(forKey key: Key) throws -> Bool { try row.value(key.stringValue) == .null }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try RowDecoder.decode(type, from: row, column: key.stringValue)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { throw row.wrong(key.stringValue) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw row.wrong(key.stringValue)
    }

    func superDecoder() throws -> any Decoder { RowDecoder(row: row, column: nil) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder() }
}

private struct ValueContainer: SingleValueDecodingContainer {
    let row: SQLRow
    let column: String
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { (try? row.value(column)) == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch try row.integer(column) {
        case 0: return false
        case 1: return true
        default: throw row.wrong(column)
        }
    }

    func decode(_ type: String.Type) throws -> String { try row.text(column) }
    func decode(_ type: Double.Type) throws -> Double { try row.double(column) }
    func decode(_ type: Float.Type) throws -> Float { Float(try row.double(column)) }
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
        try RowDecoder.decode(type, from: row, column: column)
    }

    private func whole<Number: FixedWidthInteger>() throws -> Number {
        guard let number = Number(exactly: try row.integer(column)) else {
            throw row.wrong(column)
        }
        return number
    }
}
