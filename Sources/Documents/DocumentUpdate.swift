import GatehouseStorage

/// One change of a document: an operator, a key path and a value.
///
/// ```swift
/// try await users.update(where: \.id == id, [.increment(\.visits, by: 1), .set(\.name, name)])
/// ```
public struct DocumentUpdate<Model: DocumentModel>: Sendable {
    let operation: String
    let field: String?
    let value: DocumentValue

    private init(_ operation: String, _ path: PartialKeyPath<Model>, _ value: DocumentValue) {
        self.operation = operation
        field = Model.name(path)
        self.value = value
    }

    /// Sets a field.
    public static func set<Value: DocumentScalar>(
        _ path: KeyPath<Model, Value>, _ value: Value
    ) -> DocumentUpdate { DocumentUpdate("$set", path, value.documentValue) }

    /// Sets a field to a list.
    public static func set<Value: DocumentScalar>(
        _ path: KeyPath<Model, [Value]>, _ values: [Value]
    ) -> DocumentUpdate { DocumentUpdate("$set", path, .list(values.map(\.documentValue))) }

    /// Sets a field to an object, which carries no operator.
    public static func set(
        _ path: KeyPath<Model, Document>, _ value: Document
    ) -> DocumentUpdate { DocumentUpdate("$set", path, .document(value)) }

    /// Removes a field.
    public static func unset(_ path: PartialKeyPath<Model>) -> DocumentUpdate {
        DocumentUpdate("$unset", path, .text(""))
    }

    /// Adds to a whole number.
    public static func increment(_ path: KeyPath<Model, Int>, by step: Int) -> DocumentUpdate {
        DocumentUpdate("$inc", path, step.documentValue)
    }

    /// Sets a field if the value is larger.
    public static func raise<Value: DocumentScalar>(
        _ path: KeyPath<Model, Value>, to value: Value
    ) -> DocumentUpdate { DocumentUpdate("$max", path, value.documentValue) }

    /// Sets a field if the value is smaller.
    public static func lower<Value: DocumentScalar>(
        _ path: KeyPath<Model, Value>, to value: Value
    ) -> DocumentUpdate { DocumentUpdate("$min", path, value.documentValue) }

    /// Adds an item to a list.
    public static func append<Value: DocumentScalar>(
        _ path: KeyPath<Model, [Value]>, _ value: Value
    ) -> DocumentUpdate { DocumentUpdate("$push", path, value.documentValue) }

    /// Adds an item to a list unless it is there.
    public static func insert<Value: DocumentScalar>(
        _ path: KeyPath<Model, [Value]>, _ value: Value
    ) -> DocumentUpdate { DocumentUpdate("$addToSet", path, value.documentValue) }

    /// Removes an item from a list, wherever it is.
    public static func remove<Value: DocumentScalar>(
        _ path: KeyPath<Model, [Value]>, _ value: Value
    ) -> DocumentUpdate { DocumentUpdate("$pull", path, value.documentValue) }

    /// Writes changes into an open document.
    static func write(
        _ updates: [DocumentUpdate], _ writer: inout BSONWriter
    ) throws(DatabaseError) {
        guard !updates.isEmpty else { throw .refused("an update of nothing") }
        var operations: [String] = []
        for update in updates where !operations.contains(update.operation) {
            operations.append(update.operation)
        }
        for operation in operations {
            writer.object(operation)
            for update in updates where update.operation == operation {
                guard let field = update.field else {
                    throw .refused("a property without a name of its field")
                }
                writer.write(field, update.value)
            }
            writer.end()
        }
    }
}

/// A property to sort documents by, and the direction.
public struct DocumentOrder<Model: DocumentModel>: Sendable {
    let field: String?
    let direction: Int64

    /// Smallest first.
    public static func ascending(_ path: PartialKeyPath<Model>) -> DocumentOrder {
        DocumentOrder(field: Model.name(path), direction: 1)
    }

    /// Largest first.
    public static func descending(_ path: PartialKeyPath<Model>) -> DocumentOrder {
        DocumentOrder(field: Model.name(path), direction: -1)
    }

    static func write(
        _ orders: [DocumentOrder], _ name: String, _ writer: inout BSONWriter
    ) throws(DatabaseError) {
        writer.object(name)
        for order in orders {
            guard let field = order.field else {
                throw .refused("a property without a name of its field")
            }
            writer.write(field, .integer(order.direction))
        }
        writer.end()
    }
}
