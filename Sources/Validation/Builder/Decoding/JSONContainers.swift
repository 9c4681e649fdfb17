/// The members of an object, for types that are decoded from it.
struct JSONKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoding: JSONDecoding

    var codingPath: [any CodingKey] { decoding.codingPath }

    var allKeys: [Key] {
        decoding.document.names(of: decoding.index).compactMap {
            decoding.document.string($0).flatMap { Key(stringValue: $0) }
        }
    }

    private func member(_ key: any CodingKey) throws -> JSONDecoding {
        guard let member = decoding.member(key.stringValue) else {
            throw DecodingIssue(.missing, at: decoding.codingPath + [key])
        }
        return member
    }

    /// Nil for what is not there or null.
    private func present(_ key: Key) -> JSONDecoding? {
        guard let member = decoding.member(key.stringValue),
            member.document.kind(member.index) != .null
        else { return nil }
        return member
    }

    func contains(_ key: Key) -> Bool { decoding.member(key.stringValue) != nil }

    func decodeNil(forKey key: Key) throws -> Bool {
        let member = try member(key)
        return member.document.kind(member.index) == .null
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try member(key).value(type)
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try present(key)?.value(type)
    }

    // The types that most members have, without asking which they are.

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try member(key).bool() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try member(key).string() }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try member(key).integer(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try member(key).double()
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try present(key)?.bool()
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try present(key)?.string()
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try present(key)?.integer(type)
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try present(key)?.double()
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try member(JSONPlainKey(stringValue: "super")) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }
}

/// The elements of an array, for types that are decoded from it.
struct JSONUnkeyedContainer: UnkeyedDecodingContainer {
    private let decoding: JSONDecoding
    private var place: Int
    private(set) var currentIndex = 0

    init(_ decoding: JSONDecoding) {
        self.decoding = decoding
        place = decoding.index + 1
    }

    var codingPath: [any CodingKey] { decoding.codingPath }
    var count: Int? { Int(decoding.document.nodes[decoding.index].children) }
    var isAtEnd: Bool { currentIndex >= count ?? 0 }

    private func next() throws -> JSONDecoding {
        guard !isAtEnd else {
            throw DecodingIssue(.missing, at: codingPath + [JSONPlainKey(index: currentIndex)])
        }
        return decoding.at(place)
    }

    private mutating func advance() {
        place = Int(decoding.document.nodes[place].next)
        currentIndex += 1
    }

    mutating func decodeNil() throws -> Bool {
        let element = try next()
        guard element.document.kind(element.index) == .null else { return false }
        advance()
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let value = try next().value(type)
        advance()
        return value
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let container = try next().container(keyedBy: type)
        advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try next().unkeyedContainer()
        advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let element = try next()
        advance()
        return element
    }
}

/// One value, for types that are decoded from it.
struct JSONSingleContainer: SingleValueDecodingContainer {
    let decoding: JSONDecoding

    var codingPath: [any CodingKey] { decoding.codingPath }

    func decodeNil() -> Bool { decoding.document.kind(decoding.index) == .null }

    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoding.value(type) }
}

/// A key that only its text or place says.
struct JSONPlainKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(index: Int) {
        stringValue = "Index \(index)"
        intValue = index
    }

    init?(intValue: Int) { self.init(index: intValue) }
}
