package import GatehouseCore
package import GatehouseHTTP

/// A value in a log line, with what may be shown of it.
///
/// Deny by default: text is searched for secrets, and under a name that stands for a secret
/// (`SecretNames`) nothing is shown whatever its type: not 0, not "", not a nested object.
package indirect enum LogValue: Sendable {
    /// Text that is declared safe: fixed words, configured names. Never what a client sent.
    case `public`(String)
    /// Text from anywhere; secrets are taken out and it is cut at 2 KiB.
    case text(String)
    /// A whole number.
    case int(Int)
    /// `true` or `false`.
    case bool(Bool)
    /// A span of time, written in milliseconds.
    case duration(Duration)
    /// A moment, written as RFC 3339.
    case time(WallTime)
    /// A network address.
    case address(IPAddress)
    /// A request's or trace's id.
    case id(RequestID)
    /// What an error says of itself, treated as text.
    case error(any Error)
    /// Values in order.
    case list([LogValue])
    /// Named values; names are searched at every depth.
    case object(LogFields)
    /// A value whose existence alone may be told.
    case redacted
    /// No value.
    case null

    /// Deepest nesting that is written.
    static let depthMax = 8
    /// Most elements of one list or object.
    static let elementsMax = 64
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral
{
    /// Text in the source code is public. Interpolated text is no literal: say `.text`.
    package init(stringLiteral value: String) { self = .public(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// Named values in the order in which they are written.
package struct LogFields: Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var items: [(name: String, value: LogValue)]

    /// Names and values; names should be fixed text, and are escaped and bounded in any case.
    package init(_ items: [(name: String, value: LogValue)] = []) { self.items = items }
    package init(dictionaryLiteral elements: (String, LogValue)...) {
        items = elements.map { (name: $0.0, value: $0.1) }
    }

    /// Adds a value at the end.
    package mutating func append(_ name: String, _ value: LogValue) {
        items.append((name: name, value: value))
    }
}

extension JSONWriter {
    /// Writes the members of an object that is already begun.
    mutating func members(
        _ fields: LogFields, depth: Int = 0, using scratch: inout RedactionScratch
    ) {
        for (name, value) in fields.items.prefix(LogValue.elementsMax) {
            key(Redaction.text(name, limit: SecretNames.lettersMax))
            if SecretNames.contains(name) {
                string(Redaction.mark)
            } else {
                self.value(value, depth: depth, using: &scratch)
            }
        }
        let left = fields.items.count - LogValue.elementsMax
        if left > 0 {
            key("…")
            number(left)
        }
    }

    /// Writes one value.
    mutating func value(
        _ value: LogValue, depth: Int = 0, using scratch: inout RedactionScratch
    ) {
        switch value {
        case .public(let text): string(text)
        case .text(let text): redacted(text, using: &scratch)
        case .int(let number): self.number(number)
        case .bool(let bool): self.bool(bool)
        case .duration(let duration): thousandths(Int(duration.nanoseconds / 1_000))
        case .time(let time): string(time.timestamp)
        case .address(let address): string(address.logText)
        case .id(let id): string(id.description)
        case .error(let error): redacted(String(describing: error), using: &scratch)
        case .redacted: string(Redaction.mark)
        case .null: null()
        case .list where depth >= LogValue.depthMax: string("…")
        case .object where depth >= LogValue.depthMax: string("…")
        case .list(let values): list(values, depth: depth + 1, using: &scratch)
        case .object(let fields):
            beginObject()
            members(fields, depth: depth + 1, using: &scratch)
            endObject()
        }
    }

    private mutating func list(
        _ values: [LogValue], depth: Int, using scratch: inout RedactionScratch
    ) {
        beginArray()
        for value in values.prefix(LogValue.elementsMax) {
            self.value(value, depth: depth, using: &scratch)
        }
        if values.count > LogValue.elementsMax { number(values.count - LogValue.elementsMax) }
        endArray()
    }
}
