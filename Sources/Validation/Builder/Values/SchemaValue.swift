import GatehouseCore

/// A value on its way through a schema that may rewrite it. Only built when the quick check of
/// the tape could not vouch for the value.
indirect enum SchemaValue: Equatable, Sendable {
    /// No value at all: an absent member.
    case undefined
    case null
    case bool(Bool)
    case number(ValueNumber)
    case text(SchemaText)
    case array([SchemaValue])
    case object(SchemaObject)
    /// A moment that was read from text or a number, in milliseconds since 1970.
    case date(Double)
    case binary([UInt8])

    static func text(_ string: String) -> SchemaValue { .text(SchemaText(string)) }
    static func number(_ value: Double) -> SchemaValue { .number(ValueNumber(value)) }
    static func number(_ value: Int) -> SchemaValue { .number(ValueNumber(Int64(value))) }

    /// The value on the tape, with all that is in it; its depth is bounded by the reader's.
    init(_ value: borrowing JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .number: self = .number(ValueNumber(value))
        case .string:
            var utf8: [UInt8] = []
            value.appendText(to: &utf8)
            self = .text(SchemaText(utf8: utf8))
        case .array:
            var all: [SchemaValue] = []
            all.reserveCapacity(value.count)
            var elements = value.elements
            while let element = elements.next() { all.append(SchemaValue(element)) }
            self = .array(all)
        case .object:
            var object = SchemaObject()
            var members = value.members
            while let member = members.next() {
                var name: [UInt8] = []
                member.name.appendText(to: &name)
                object[SchemaText(utf8: name)] = SchemaValue(member.value)
            }
            self = .object(object)
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    var text: SchemaText? { if case .text(let text) = self { text } else { nil } }

    /// Whether JavaScript takes it for true.
    var isTruthy: Bool {
        switch self {
        case .undefined, .null: false
        case .bool(let value): value
        case .number(let number): number.double != 0 && !number.double.isNaN
        case .text(let text): !text.isEmpty
        default: true
        }
    }

    /// Writes the value as JSON: numbers as they came, dates as ISO 8601, bytes as Base64.
    func write(to json: inout JSONWriter) {
        switch self {
        case .undefined, .null: json.null()
        case .bool(let value): json.bool(value)
        case .number(let number): json.raw(Array(number.written.utf8))
        case .text(let text): json.string(text.utf8.raw)
        case .array(let elements):
            json.beginArray()
            for element in elements { element.write(to: &json) }
            json.endArray()
        case .object(let object):
            json.beginObject()
            for (name, value) in zip(object.names, object.values) where !value.isUndefined {
                json.key(name.string)
                value.write(to: &json)
            }
            json.endObject()
        case .date(let milliseconds): json.string(CalendarText.iso(milliseconds))
        case .binary(let bytes): json.string(Base64Bytes.encode(bytes))
        }
    }

    /// Whether it can be written as JSON and read back as itself.
    var isWritable: Bool {
        switch self {
        case .number(let number): number.text != nil || number.double.isFinite
        case .array(let elements): elements.allSatisfy { $0.isWritable }
        case .object(let object): object.values.allSatisfy { $0.isWritable }
        default: true
        }
    }
}
