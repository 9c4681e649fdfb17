import GatehouseCore

/// How schemas are read and applied.
public struct SchemaOptions: Sendable {
    /// What `format` does.
    public enum FormatRole: Sendable {
        /// Says what a text means; checks nothing.
        case annotation
        /// Refuses texts that don't have the format.
        case assertion
    }

    /// The dialect of a schema without `$schema`.
    public enum Dialect: Sendable {
        /// JSON Schema 2020-12.
        case draft2020
        /// JSON Schema draft-07.
        case draft7
    }

    /// What `format` does. Default: it asserts.
    public var formats = FormatRole.assertion
    /// The dialect of a schema without `$schema`. Default 2020-12.
    public var dialect = Dialect.draft2020
    /// Issues that one validation reports at most. Default 32.
    public var issuesMax = 32
    /// Schemas and values inside each other that one validation goes down. Default 256.
    public var depthMax = 256
    /// Steps that one validation takes at most; over it the value is refused. Default 4 million.
    public var stepsMax = 4_000_000
    /// Subschemas of all documents that a schema uses. Default 50,000.
    public var subschemasMax = 50_000
    /// How much JSON a schema may be.
    public var json = JSONLimits()

    /// The defaults.
    public init() {
        json.bytesMax = .mebibytes(16)
        json.depthMax = 256
        json.membersMax = 50_000
        json.elementsMax = 100_000
        json.valuesMax = 2_000_000
    }
}
