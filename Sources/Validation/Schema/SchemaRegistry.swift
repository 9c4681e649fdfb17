import GatehouseCore

/// Schemas that others may refer to by URI. Nothing is ever fetched: what is not here is not there.
public struct SchemaRegistry: Sendable {
    private(set) var documents: [String: JSONDocument] = [:]
    /// Files of a document that is spread over several, under names relative to it.
    private(set) var files: [(uri: String, json: JSONDocument)] = []

    /// Only the metaschemas of 2020-12 and draft-07.
    public init() {}

    /// Adds a schema under the URI by which others refer to it; its own `$id` works as well.
    /// - Throws: `SchemaError` if it is no JSON, or the URI is not absolute.
    public mutating func add(
        _ json: RawSpan, at uri: String, options: SchemaOptions = SchemaOptions()
    ) throws(SchemaError) {
        let reference = URIReference(uri)
        guard reference.isAbsolute, reference.fragment == nil, Format.iri.accepts(uri) else {
            throw SchemaError(document: uri, pointer: "", reason: .badURI)
        }
        do throws(JSONError) {
            documents[reference.document] = try JSONDocument(json, limits: options.json)
        } catch { throw SchemaError(document: uri, pointer: "", reason: .malformed(error)) }
    }

    /// Adds a schema from text.
    public mutating func add(_ json: String, at uri: String) throws(SchemaError) {
        let bytes = Array(json.utf8)
        try add(bytes.raw, at: uri)
    }

    /// Adds a file under its path as seen from the document's.
    package mutating func add(file: JSONDocument, at path: String) {
        files.append((path, file))
    }

    /// What the caller added under this URI, or a metaschema.
    func document(_ uri: String) -> JSONDocument? { documents[uri] ?? Metaschemas.documents[uri] }
}
