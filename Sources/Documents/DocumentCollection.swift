public import GatehouseStorage

/// The documents of one type in a database.
public struct DocumentCollection<Model: DocumentModel>: Sendable {
    private let database: DocumentDatabase
    private let name: String

    /// Most documents of one insertion.
    private static var insertMax: Int { 1_000 }

    init(_ database: DocumentDatabase, _ name: String) {
        self.database = database
        self.name = name
    }

    private var place: (database: String, name: String) { (database.name, name) }

    private var bounds: MongoDBConnection.Bounds {
        .init(documentsMax: database.limits.rowsMax, bytesMax: database.limits.answerBytesMax)
    }

    private func command(_ verb: String) -> BSONWriter {
        var writer = BSONWriter()
        writer.write(verb, .text(name))
        return writer
    }

    private func count(_ report: Document, _ field: String) -> Int {
        if case .integer(let number) = report[field] { Int(number) } else { 0 }
    }

    // MARK: Reading

    /// The documents that fit a filter.
    /// - Parameters:
    ///   - order: what they are sorted by.
    ///   - skip: how many of the first are left out.
    ///   - limit: how many are given at most; without it, more than the limits allow is refused.
    public func find(
        where filter: DocumentFilter<Model>, order: [DocumentOrder<Model>] = [], skip: Int = 0,
        limit: Int? = nil
    ) async throws(DatabaseError) -> [Model] {
        var conditions = BSONWriter()
        try filter.write(&conditions)
        conditions.end()
        var options = BSONWriter()
        options.write("maxTimeMS", database.timeMax)
        if !order.isEmpty { try DocumentOrder.write(order, "sort", &options) }
        guard skip >= 0, limit.map({ $0 > 0 }) ?? true else {
            throw .refused("a negative count")
        }
        options.write("skip", .integer(Int64(skip)))
        // One more than allowed shows that there are too many.
        let most = database.limits.rowsMax + 1
        options.write("limit", .integer(Int64(min(limit ?? most, most))))
        options.end()
        let (asked, chosen, place, bounds) = (conditions.bytes, options.bytes, place, bounds)
        let found = try await database.use { connection throws(DatabaseError) in
            try connection.find(asked, chosen, in: place, bounds)
        }
        return try found.map { document throws(DatabaseError) in try document.decoded() }
    }

    /// The first document that fits a filter, or nil.
    public func first(
        where filter: DocumentFilter<Model>, order: [DocumentOrder<Model>] = []
    ) async throws(DatabaseError) -> Model? {
        try await find(where: filter, order: order, limit: 1).first
    }

    /// How many documents fit a filter.
    public func count(where filter: DocumentFilter<Model>) async throws(DatabaseError) -> Int {
        try await aggregate([.match(filter), .count(as: "n")], as: DocumentCount.self).first?.n ?? 0
    }

    /// The results of an aggregation.
    public func aggregate<Value: Decodable & Sendable>(
        _ stages: [DocumentStage<Model>], as type: Value.Type
    ) async throws(DatabaseError) -> [Value] {
        let pipeline = try DocumentStage.bytes(stages)
        var options = BSONWriter()
        options.write("maxTimeMS", database.timeMax)
        options.end()
        let (chosen, place, bounds) = (options.bytes, place, bounds)
        let found = try await database.use { connection throws(DatabaseError) in
            try connection.aggregate(pipeline, chosen, in: place, bounds)
        }
        return try found.map { document throws(DatabaseError) in try document.decoded() }
    }

    // MARK: Writing

    /// Adds documents, all or up to the first that is refused; at most 1,000.
    /// - Throws: `constraint` when one is there already.
    public func insert(_ models: [Model]) async throws(DatabaseError) {
        guard !models.isEmpty, models.count <= Self.insertMax else {
            throw .refused("an insertion of no or too many documents")
        }
        var command = command("insert")
        command.list("documents")
        for (index, model) in models.enumerated() {
            command.write("\(index)", .document(try Document(encoding: model)))
        }
        command.end()
        command.write("maxTimeMS", database.timeMax)
        command.end()
        _ = try await database.run(command, writes: true)
    }

    /// Adds a document.
    /// - Throws: `constraint` when it is there already.
    public func insert(_ model: Model) async throws(DatabaseError) { try await insert([model]) }

    /// Changes the first document that fits a filter, or all of them; how many fitted.
    @discardableResult
    public func update(
        where filter: DocumentFilter<Model>, _ updates: [DocumentUpdate<Model>], all: Bool = false
    ) async throws(DatabaseError) -> Int {
        var command = command("update")
        command.list("updates")
        command.object("0")
        command.object("q")
        try filter.write(&command)
        command.end()
        command.object("u")
        try DocumentUpdate.write(updates, &command)
        command.end()
        command.write("multi", .bool(all))
        command.end()
        command.end()
        command.write("maxTimeMS", database.timeMax)
        command.end()
        return count(try await database.run(command, writes: true), "n")
    }

    /// Removes the first document that fits a filter, or all of them; how many are gone.
    @discardableResult
    public func delete(
        where filter: DocumentFilter<Model>, all: Bool = false
    ) async throws(DatabaseError) -> Int {
        var command = command("delete")
        command.list("deletes")
        command.object("0")
        command.object("q")
        try filter.write(&command)
        command.end()
        command.write("limit", .integer(all ? 0 : 1))
        command.end()
        command.end()
        command.write("maxTimeMS", database.timeMax)
        command.end()
        return count(try await database.run(command, writes: true), "n")
    }
}

private struct DocumentCount: Decodable, Sendable { let n: Int }
