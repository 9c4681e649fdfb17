/// The members of an object, for types that are decoded from it.
struct JSONKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoding: JSONDecoding

    var codingPath: [any CodingKey] { decoding.codingPath }

    var allKeys: [Key] {
        decoding.document.names(of: decoding.index).compactMap {
            decoding.document.string($0).flatMap { Key(stringValue: $0) }
        }
    }

    private func find(_ key: any CodingKey) -> JSONDecoding? {
        guard let place = decoding.document.member(key.stringValue, of: decoding.index) else {
            return nil
        }
        decoding.visits.seen.insert(place.name)
        return decoding.at(place.value, key)
    }

    private func member(_ key: any CodingKey) throws -> JSONDecoding {
        guard let member = find(key) else {
            throw DecodingIssue(.missing, at: decoding.codingPath + [key])
        }
        return member
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool {
        let member = try member(key)
        return member.document.kind(member.index) == .null
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try member(key).value(type)
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
        let key = JSONPlainKey(index: currentIndex)
        guard !isAtEnd else { throw DecodingIssue(.missing, at: codingPath + [key]) }
        return decoding.at(place, key)
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
