import GatehouseCore

/// A document as a tree that is written as JSON or YAML; members keep their order.
package indirect enum DocumentTree: Equatable, Sendable {
    /// A member of an object.
    package struct Member: Equatable, Sendable {
        package var name: String
        package var value: DocumentTree
    }

    case object([Member])
    case array([DocumentTree])
    case text(String)
    /// A number as JSON writes it.
    case number(String)
    case bool(Bool)
    case null

    static func int(_ value: Int) -> DocumentTree { .number(String(value)) }

    /// An object.
    package static func fields(_ pairs: [(String, DocumentTree)]) -> DocumentTree {
        members(pairs.map { ($0.0, $0.1) })
    }

    /// An object without the members that are nil.
    static func members(_ pairs: [(String, DocumentTree?)]) -> DocumentTree {
        .object(pairs.compactMap { name, value in value.map { Member(name: name, value: $0) } })
    }

    /// Copies a JSON value; its nesting was bounded when it was read.
    init(_ value: JSONValue) {
        switch value.kind {
        case .object:
            var members: [Member] = []
            var rest = value.members
            while let member = rest.next() {
                members.append(
                    Member(name: member.name.string ?? "", value: DocumentTree(member.value)))
            }
            self = .object(members)
        case .array:
            var elements: [DocumentTree] = []
            var rest = value.elements
            while let element = rest.next() { elements.append(DocumentTree(element)) }
            self = .array(elements)
        case .string: self = .text(value.string ?? "")
        case .number: self = .number(String(lossy: value.text))
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .null: self = .null
        }
    }

    /// Reads a JSON text.
    package init(json: [UInt8], limits: JSONLimits) throws(JSONError) {
        var tape = JSONTape()
        self = DocumentTree(try tape.parse(json.raw, limits: limits))
    }

    package subscript(_ name: String) -> DocumentTree? {
        members.first { $0.name == name }?.value
    }

    /// The members of an object, none of others.
    package var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }

    /// The elements of an array, none of others.
    package var elements: [DocumentTree] {
        if case .array(let elements) = self { elements } else { [] }
    }

    package var string: String? {
        if case .text(let text) = self { text } else { nil }
    }

    package var integer: Int? {
        if case .number(let text) = self { Int(text) } else { nil }
    }

    var isTrue: Bool { self == .bool(true) }

    /// The tree as JSON.
    package func json() -> [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.finish()
    }

    private func write(to json: inout JSONWriter) {
        switch self {
        case .object(let members):
            json.beginObject()
            for member in members {
                json.key(member.name)
                member.value.write(to: &json)
            }
            json.endObject()
        case .array(let elements):
            json.beginArray()
            for element in elements { element.write(to: &json) }
            json.endArray()
        case .text(let text): json.string(text)
        case .number(let text): json.raw(Array(text.utf8))
        case .bool(let value): json.bool(value)
        case .null: json.null()
        }
    }
}
