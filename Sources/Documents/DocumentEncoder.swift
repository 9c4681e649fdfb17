public import GatehouseStorage

extension Document {
    /// The document of a value whose coding keys are the names of the fields.
    public init(encoding value: some Encodable) throws(DatabaseError) {
        let node: DocumentNode
        do {
            node = try DocumentNode.encoding(value, depth: 0)
        } catch let error as DatabaseError { throw error } catch {
            throw .refused("a value that is no document")
        }
        guard case .document(let document) = try node.value() else {
            throw .refused("a value that is no document")
        }
        self = document
    }
}

/// A value while it is being encoded: containers are filled after they were handed out.
private final class DocumentNode {
    private enum Content {
        case nothing
        case scalar(DocumentValue)
        case fields([(String, DocumentNode)])
        case items([DocumentNode])
    }

    private var content = Content.nothing
    let depth: Int

    init(depth: Int) { self.depth = depth }

    static func encoding(_ value: some Encodable, depth: Int) throws -> DocumentNode {
        guard depth <= Document.depthMax else {
            throw DatabaseError.refused("a document that is too deep")
        }
        let node = DocumentNode(depth: depth)
        switch value {
        case let value as DocumentValue: node.content = .scalar(value)
        case let value as Document: node.content = .scalar(.document(value))
        case let value as any DocumentScalar: node.content = .scalar(value.documentValue)
        default: try value.encode(to: NodeEncoder(node: node))
        }
        return node
    }

    func set(_ value: DocumentValue) { content = .scalar(value) }

    func becomeObject() { if case .fields = content {} else { content = .fields([]) } }

    func becomeList() { if case .items = content {} else { content = .items([]) } }

    func add(_ name: String, _ node: DocumentNode) {
        guard case .fields(var fields) = content else { return }
        fields.append((name, node))
        content = .fields(fields)
    }

    func add(_ node: DocumentNode) {
        guard case .items(var items) = content else { return }
        items.append(node)
        content = .items(items)
    }

    var count: Int { if case .items(let items) = content { items.count } else { 0 } }

    func value() throws(DatabaseError) -> DocumentValue {
        switch content {
        case .nothing: return .null
        case .scalar(let value): return value
        case .fields(let fields):
            var values: [(String, DocumentValue)] = []
            for (name, node) in fields { values.append((name, try node.value())) }
            return .document(try Document(values))
        case .items(let items):
            var values: [DocumentValue] = []
            for node in items { values.append(try node.value()) }
            return .list(values)
        }
    }
}

private struct NodeEncoder: Encoder {
    let node: DocumentNode
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.becomeObject()
        return KeyedEncodingContainer(NodeFields<Key>(node: node))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.becomeList()
        return NodeItems(node: node)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { NodeValue(node: node) }
}

private struct NodeFields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: DocumentNode
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil(forKey key: Key) throws {
        node.add(key.stringValue, DocumentNode(depth: node.depth + 1))
    }

    mutating func encode(_ value: some Encodable, forKey key: Key) throws {
        node.add(key.stringValue, try .encoding(value, depth: node.depth + 1))
    }

    private func child(_ name: String) -> NodeEncoder {
        let child = DocumentNode(depth: node.depth + 1)
        node.add(name, child)
        return NodeEncoder(node: child)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { child(key.stringValue).container(keyedBy: type) }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        child(key.stringValue).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { child("super") }
    mutating func superEncoder(forKey key: Key) -> any Encoder { child(key.stringValue) }
}

private struct NodeItems: UnkeyedEncodingContainer {
    let node: DocumentNode
    var codingPath: [any CodingKey] { [] }
    var count: Int { node.count }

    mutating func encodeNil() throws { node.add(DocumentNode(depth: node.depth + 1)) }

    mutating func encode(_ value: some Encodable) throws {
        node.add(try .encoding(value, depth: node.depth + 1))
    }

    private func child() -> NodeEncoder {
        let child = DocumentNode(depth: node.depth + 1)
        node.add(child)
        return NodeEncoder(node: child)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> { child().container(keyedBy: type) }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        child().unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { child() }
}

private struct NodeValue: SingleValueEncodingContainer {
    let node: DocumentNode
    var codingPath: [any CodingKey] { [] }

    private func whole(_ value: some BinaryInteger) throws {
        guard let number = Int64(exactly: value) else {
            throw DatabaseError.refused("a number that is too large")
        }
        node.set(.integer(number))
    }

    mutating func encodeNil() throws { node.set(.null) }
    mutating func encode(_ value: Bool) throws { node.set(.bool(value)) }
    mutating func encode(_ value: String) throws { node.set(.text(value)) }
    mutating func encode(_ value: Double) throws { node.set(.double(value)) }
    mutating func encode(_ value: Float) throws { node.set(.double(Double(value))) }
    mutating func encode(_ value: Int) throws { try whole(value) }
    mutating func encode(_ value: Int8) throws { try whole(value) }
    mutating func encode(_ value: Int16) throws { try whole(value) }
    mutating func encode(_ value: Int32) throws { try whole(value) }
    mutating func encode(_ value: Int64) throws { try whole(value) }
    mutating func encode(_ value: UInt) throws { try whole(value) }
    mutating func encode(_ value: UInt8) throws { try whole(value) }
    mutating func encode(_ value: UInt16) throws { try whole(value) }
    mutating func encode(_ value: UInt32) throws { try whole(value) }
    mutating func encode(_ value: UInt64) throws { try whole(value) }

    mutating func encode(_ value: some Encodable) throws {
        node.set(try DocumentNode.encoding(value, depth: node.depth).value())
    }
}
