import GatehouseStorage

/// A step of an aggregation. What is not here, such as `$function`, `$accumulator` with a script,
/// `$out` or `$merge`, has no door.
public enum DocumentStage<Model: DocumentModel>: Sendable {
    /// Keeps what fits.
    case match(DocumentFilter<Model>)
    /// Sorts.
    case sort([DocumentOrder<Model>])
    /// Leaves out the first ones.
    case skip(Int)
    /// Keeps the first ones.
    case limit(Int)
    /// One result for each value of a field, or one of all, with what it is summed up to.
    case group(DocumentGroup<Model>)
    /// Counts what is left, under a name.
    case count(as: StaticString)

    static func bytes(_ stages: [DocumentStage]) throws(DatabaseError) -> [UInt8] {
        var writer = BSONWriter()
        writer.list("pipeline")
        for (index, stage) in stages.enumerated() {
            writer.object("\(index)")
            try stage.write(&writer)
            writer.end()
        }
        writer.end()
        writer.end()
        return writer.bytes
    }

    private func write(_ writer: inout BSONWriter) throws(DatabaseError) {
        switch self {
        case .match(let filter):
            writer.object("$match")
            try filter.write(&writer)
            writer.end()
        case .sort(let orders): try DocumentOrder.write(orders, "$sort", &writer)
        case .skip(let count): writer.write("$skip", .integer(Int64(count)))
        case .limit(let count): writer.write("$limit", .integer(Int64(count)))
        case .count(let name): writer.write("$count", .text(name.description))
        case .group(let group):
            writer.object("$group")
            try group.write(&writer)
            writer.end()
        }
    }
}

/// How documents are grouped: the results have the value as `_id`, and a field for each sum.
public struct DocumentGroup<Model: DocumentModel>: Sendable {
    private let field: String?
    private let isOne: Bool
    private var results: [(name: String, operation: String, field: String?)] = []

    private init(field: String?, isOne: Bool) {
        self.field = field
        self.isOne = isOne
    }

    /// A group for each value of a field.
    public static func by(_ path: PartialKeyPath<Model>) -> DocumentGroup {
        DocumentGroup(field: Model.name(path), isOne: false)
    }

    /// One group of all documents.
    public static var ofAll: DocumentGroup { DocumentGroup(field: nil, isOne: true) }

    /// Also counts the documents of a group.
    public func count(as name: StaticString) -> DocumentGroup { adding(name, "$count", nil) }
    /// Also adds up a field.
    public func sum(_ path: PartialKeyPath<Model>, as name: StaticString) -> DocumentGroup {
        adding(name, "$sum", path)
    }
    /// Also takes a field's mean.
    public func mean(_ path: PartialKeyPath<Model>, as name: StaticString) -> DocumentGroup {
        adding(name, "$avg", path)
    }
    /// Also takes a field's smallest value.
    public func smallest(_ path: PartialKeyPath<Model>, as name: StaticString) -> DocumentGroup {
        adding(name, "$min", path)
    }
    /// Also takes a field's largest value.
    public func largest(_ path: PartialKeyPath<Model>, as name: StaticString) -> DocumentGroup {
        adding(name, "$max", path)
    }

    private func adding(
        _ name: StaticString, _ operation: String, _ path: PartialKeyPath<Model>?
    ) -> DocumentGroup {
        var copy = self
        copy.results.append((name.description, operation, path.flatMap { Model.name($0) }))
        return copy
    }

    func write(_ writer: inout BSONWriter) throws(DatabaseError) {
        if isOne {
            writer.write("_id", .null)
        } else {
            guard let field else { throw .refused("a property without a name of its field") }
            writer.write("_id", .text("$" + field))
        }
        for (name, operation, field) in results {
            writer.object(name)
            if operation == "$count" {
                writer.write("$sum", .integer(1))
            } else {
                guard let field else { throw .refused("a property without a name of its field") }
                writer.write(operation, .text("$" + field))
            }
            writer.end()
        }
    }
}
