/// What a schema says of a value beside its rules. Nil means: not said, so that merging two schemas
/// knows which of them speaks.
struct SchemaFlags: Sendable {
    enum Presence: String, Sendable { case optional, required, forbidden, ignore }
    enum Result: String, Sendable { case raw, strip }
    enum Cast: String, Sendable { case string, number, set, map }
    enum DateFormat: String, Sendable { case iso, javascript, unix, unknown }
    enum Match: String, Sendable { case any, one, all }

    var presence: Presence?
    var only: Bool?
    var insensitive: Bool?
    var sensitive: Bool?
    var unknown: Bool?
    var result: Result?
    var cast: Cast?
    var dateFormat: DateFormat?
    var match: Match?
    var isSparse: Bool?
    var isSingle: Bool?
    var truncates: Bool?
    var isUnsafe: Bool?
    var label: String?
    var id: SchemaText?
    var linkDepthMax: Int?
    var encoding: String?
    var fallback: SchemaDefault?
    /// Stands in for a value that does not fit.
    var failover: SchemaDefault?
    var empty: SchemaNode?
    /// Values of other types are read as this one, though nothing else is converted.
    var coerces: Bool?
    /// Taken from a text by the rules, but passed on as it came.
    var unit: LengthUnit?

    /// Takes over what the other says.
    mutating func merge(_ other: SchemaFlags) {
        func take<T>(_ path: WritableKeyPath<SchemaFlags, T?>) {
            if let value = other[keyPath: path] { self[keyPath: path] = value }
        }
        take(\.presence)
        take(\.only)
        take(\.insensitive)
        take(\.sensitive)
        take(\.unknown)
        take(\.result)
        take(\.cast)
        take(\.dateFormat)
        take(\.match)
        take(\.isSparse)
        take(\.isSingle)
        take(\.truncates)
        take(\.isUnsafe)
        take(\.label)
        take(\.id)
        take(\.linkDepthMax)
        take(\.encoding)
        take(\.fallback)
        take(\.failover)
        take(\.coerces)
        take(\.unit)
        if let mine = empty, let theirs = other.empty {
            empty = SchemaNode(mine.definition.merged(with: theirs.definition))
        } else {
            take(\.empty)
        }
    }
}

/// What stands in for an absent value.
enum SchemaDefault: Sendable {
    case value(SchemaValue)
    case reference(SchemaReference)
    case expression(SchemaExpression)
    /// An empty object that is filled by the defaults of its members.
    case deep
}
