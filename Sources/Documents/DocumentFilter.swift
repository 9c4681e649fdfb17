import GatehouseStorage

/// Which documents are meant, made of key paths, operators and values.
///
/// ```swift
/// let filter: DocumentFilter<User> = \.email == email && \.visits > 3
/// ```
///
/// A value is always the operand of an operator that the program wrote, so that nothing in it is
/// read as one. `$where`, `$expr`, `$function` and scripts have no case here.
public struct DocumentFilter<Model: DocumentModel>: Sendable {
    indirect enum Node: Sendable {
        case everything
        case compare(field: String, operation: String, DocumentValue)
        case all([Node])
        case any([Node])
        case none([Node])
        /// Something that can't be asked, and why.
        case invalid(String)
    }

    let node: Node

    /// All documents.
    public static var everything: DocumentFilter { DocumentFilter(node: .everything) }

    /// Conditions that must all hold; those that are nil are left out.
    public static func all(_ filters: [DocumentFilter?]) -> DocumentFilter {
        let nodes = filters.compactMap { $0?.node }
        return DocumentFilter(node: nodes.isEmpty ? .everything : .all(nodes))
    }

    /// Conditions of which one must hold; none at all is refused.
    public static func any(_ filters: [DocumentFilter]) -> DocumentFilter {
        guard !filters.isEmpty else { return DocumentFilter(node: .invalid("a choice of nothing")) }
        return DocumentFilter(node: .any(filters.map(\.node)))
    }

    /// Whether a field is one of these values.
    public static func field<Value: DocumentScalar>(
        _ path: KeyPath<Model, Value>, in values: [Value]
    ) -> DocumentFilter {
        compare(path, "$in", .list(values.map(\.documentValue)))
    }

    /// Whether a list holds a value.
    public static func list<Value: DocumentScalar>(
        _ path: KeyPath<Model, [Value]>, contains value: Value
    ) -> DocumentFilter {
        // Equality with a scalar asks each item of a list.
        compare(path, "$eq", value.documentValue)
    }

    /// Whether the field is there.
    public static func exists(_ path: PartialKeyPath<Model>) -> DocumentFilter {
        compare(path, "$exists", .bool(true))
    }

    static func compare(
        _ path: PartialKeyPath<Model>, _ operation: String, _ value: DocumentValue
    ) -> DocumentFilter {
        guard let field = Model.name(path) else {
            return DocumentFilter(node: .invalid("a property without a name of its field"))
        }
        return DocumentFilter(node: .compare(field: field, operation: operation, value))
    }

    /// Writes the filter into an open document.
    func write(_ writer: inout BSONWriter) throws(DatabaseError) {
        try Self.write(node, &writer, depth: 0)
    }

    private static func write(
        _ node: Node, _ writer: inout BSONWriter, depth: Int
    ) throws(DatabaseError) {
        guard depth <= Document.depthMax else { throw .refused("a filter that is too deep") }
        func group(_ name: String, _ nodes: [Node]) throws(DatabaseError) {
            writer.list(name)
            for (index, node) in nodes.enumerated() {
                writer.object("\(index)")
                try Self.write(node, &writer, depth: depth + 1)
                writer.end()
            }
            writer.end()
        }
        switch node {
        case .everything: return
        case .invalid(let why): throw .refused(why)
        case .compare(let field, let operation, let value):
            writer.object(field)
            writer.write(operation, value)
            writer.end()
        case .all(let nodes): try group("$and", nodes)
        case .any(let nodes): try group("$or", nodes)
        case .none(let nodes): try group("$nor", nodes)
        }
    }
}

extension DocumentFilter {
    /// Both hold.
    public static func && (left: DocumentFilter, right: DocumentFilter) -> DocumentFilter {
        DocumentFilter(node: .all([left.node, right.node]))
    }

    /// One of them holds.
    public static func || (left: DocumentFilter, right: DocumentFilter) -> DocumentFilter {
        DocumentFilter(node: .any([left.node, right.node]))
    }

    /// It does not hold.
    public static prefix func ! (filter: DocumentFilter) -> DocumentFilter {
        DocumentFilter(node: .none([filter.node]))
    }
}

/// The field has this value.
public func == <Model: DocumentModel, Value: DocumentScalar>(
    path: KeyPath<Model, Value>, value: Value
) -> DocumentFilter<Model> { .compare(path, "$eq", value.documentValue) }

/// The field has another value, or none.
public func != <Model: DocumentModel, Value: DocumentScalar>(
    path: KeyPath<Model, Value>, value: Value
) -> DocumentFilter<Model> { .compare(path, "$ne", value.documentValue) }

/// The field is smaller.
public func < <Model: DocumentModel, Value: DocumentScalar>(
    path: KeyPath<Model, Value>, value: Value
) -> DocumentFilter<Model> { .compare(path, "$lt", value.documentValue) }

/// The field is smaller, or the same.
public func <= <Model: DocumentModel, Value: DocumentScalar>(
    path: KeyPath<Model, Value>, value: Value
) -> DocumentFilter<Model> { .compare(path, "$lte", value.documentValue) }

/// The field is larger.
public func > <Model: DocumentModel, Value: DocumentScalar>(
    path: KeyPath<Model, Value>, value: Value
) -> DocumentFilter<Model> { .compare(path, "$gt", value.documentValue) }

/// The field is larger, or the same.
public func >= <Model: DocumentModel, Value: DocumentScalar>(
    path: KeyPath<Model, Value>, value: Value
) -> DocumentFilter<Model> { .compare(path, "$gte", value.documentValue) }
