public import GatehouseCore
public import GatehouseStorage

/// A MongoDB database.
///
/// ```swift
/// let db = try await DocumentDatabase.mongoDB(Redacted(address), "app")
/// let users = db.collection(User.self, "users")
/// let found = try await users.find(where: \.email == email)
/// ```
///
/// Filters, updates and aggregations are made of key paths, operators and values in Swift; there is
/// no door for a document as a filter, for `$where`, or for a script. Calls suspend and never
/// block: each connection has a thread of its own. Cancelling the task ends its waiting for a
/// connection; a command that runs ends by itself, by the limits at the latest.
public final class DocumentDatabase: Sendable {
    let lanes: Lanes<MongoDBConnection>
    let limits: SQLLimits
    let name: String

    private init(_ address: MongoDBAddress, _ name: StaticString, _ limits: SQLLimits) {
        self.limits = limits
        self.name = name.description
        lanes = Lanes(
            limits,
            LaneKind(
                connect: { _ throws(DatabaseError) in try address.client() },
                isUsable: { $0.isUsable }, close: { _ in }))
    }

    deinit { lanes.close() }

    /// Connects by an address such as `mongodb://user:password@host/?authSource=admin`.
    ///
    /// To other machines TLS is used unless the address says `tls=false`, and certificates are
    /// always checked. Users prove their password by SCRAM-SHA-256 unless the address names another
    /// mechanism.
    public static func mongoDB(
        _ address: Redacted<String>, _ name: StaticString, limits: SQLLimits = SQLLimits()
    ) async throws(DatabaseError) -> DocumentDatabase {
        let read = try MongoDBAddress(address.dangerouslyRevealed, limits: limits)
        let database = DocumentDatabase(read, name, limits)
        try await database.ping()
        return database
    }

    /// A collection of documents of one type.
    public func collection<Model: DocumentModel>(
        _ type: Model.Type, _ name: StaticString
    ) -> DocumentCollection<Model> { DocumentCollection(self, name.description) }

    /// Whether the database answers at this moment, and lets us in.
    public func isReachable() async -> Bool { (try? await ping()) != nil }

    private func ping() async throws(DatabaseError) {
        // Answered to signed-in users alone, unlike `ping`.
        var command = BSONWriter()
        command.write("listCollections", .integer(1))
        command.write("nameOnly", .bool(true))
        command.write("authorizedCollections", .bool(true))
        command.end()
        _ = try await run(command, writes: false)
    }

    /// Refuses further calls and closes connections as they become free.
    public func close() { lanes.close() }

    /// The longest a command may take, in milliseconds.
    var timeMax: DocumentValue {
        .integer(max(1, limits.statementMax.nanoseconds / 1_000_000))
    }

    func run(_ command: BSONWriter, writes: Bool) async throws(DatabaseError) -> Document {
        let name = name
        let bytes = command.bytes
        return try await use { connection throws(DatabaseError) in
            try connection.run(bytes, on: name, writes: writes)
        }
    }

    func use<Value: Sendable>(
        _ body: @escaping @Sendable (MongoDBConnection) throws(DatabaseError) -> Value
    ) async throws(DatabaseError) -> Value {
        try await lanes.run { lane in
            Result { () throws(DatabaseError) in try body(try lane.open()) }
        }
    }
}
