import CMongoC
import GatehouseStorage

/// One client of libmongoc. Used by the thread that made it.
@safe final class MongoDBConnection {
    private let client: OpaquePointer
    private(set) var isUsable = true

    private static let started: Void = {
        mongoc_init()
        // Its lines may quote what is sent.
        mongoc_log_set_handler(nil, nil)
    }()

    /// Sets libmongoc up, once.
    static func start() { _ = started }

    /// Takes over a client.
    init(unsafe client: OpaquePointer) {
        unsafe self.client = unsafe client
        unsafe mongoc_client_set_error_api(client, 2)
    }

    deinit { unsafe mongoc_client_destroy(client) }

    /// What a read may bring.
    struct Bounds {
        let documentsMax: Int
        let bytesMax: Int
    }

    /// Runs a command of the program's own making; the server's report.
    func run(_ command: [UInt8], on database: String, writes: Bool) throws(DatabaseError)
        -> Document
    {
        let sent = try CDocument(command)
        guard let reply = unsafe gh_bson_reply_new() else { throw .unavailable("no memory") }
        defer { unsafe gh_bson_reply_free(reply) }
        var error = bson_error_t()
        let isDone =
            unsafe writes
            ? mongoc_client_write_command_with_opts(
                client, database, sent.pointer, nil, reply, &error)
            : mongoc_client_read_command_with_opts(
                client, database, sent.pointer, nil, nil, reply, &error)
        guard isDone else { throw failure(error, writes: writes) }
        let report = try BSONReader.report(unsafe Self.bytes(reply))
        if case .list(let errors) = report["writeErrors"], let first = errors.first,
            case .document(let document) = first, case .integer(let code) = document["code"]
        {
            throw Self.error(code: UInt32(truncatingIfNeeded: code))
        }
        return report
    }

    /// The documents that fit a filter.
    func find(
        _ filter: [UInt8], _ options: [UInt8], in collection: (database: String, name: String),
        _ bounds: Bounds
    ) throws(DatabaseError) -> [Document] {
        let (filter, options) = (try CDocument(filter), try CDocument(options))
        let place = unsafe mongoc_client_get_collection(
            client, collection.database, collection.name)
        defer { unsafe mongoc_collection_destroy(place) }
        let cursor = unsafe mongoc_collection_find_with_opts(
            place, filter.pointer, options.pointer, nil)
        return try unsafe read(cursor, bounds)
    }

    /// The results of an aggregation.
    func aggregate(
        _ pipeline: [UInt8], _ options: [UInt8], in collection: (database: String, name: String),
        _ bounds: Bounds
    ) throws(DatabaseError) -> [Document] {
        let (pipeline, options) = (try CDocument(pipeline), try CDocument(options))
        let place = unsafe mongoc_client_get_collection(
            client, collection.database, collection.name)
        defer { unsafe mongoc_collection_destroy(place) }
        let cursor = unsafe mongoc_collection_aggregate(
            place, MONGOC_QUERY_NONE, pipeline.pointer, options.pointer, nil)
        return try unsafe read(cursor, bounds)
    }

    private func read(
        _ cursor: OpaquePointer?, _ bounds: Bounds
    ) throws(DatabaseError) -> [Document] {
        defer { unsafe mongoc_cursor_destroy(cursor) }
        var found: [Document] = []
        var size = 0
        var document: OpaquePointer?
        while unsafe mongoc_cursor_next(cursor, &document) {
            guard let document = unsafe document else { break }
            let bytes = unsafe Self.bytes(document)
            size += bytes.count
            guard found.count < bounds.documentsMax, size <= bounds.bytesMax else {
                throw .tooLarge
            }
            found.append(try BSONReader.document(bytes))
        }
        var error = bson_error_t()
        guard unsafe !mongoc_cursor_error(cursor, &error) else {
            throw failure(error, writes: false)
        }
        return found
    }

    private static func bytes(_ document: OpaquePointer) -> [UInt8] {
        guard let start = unsafe bson_get_data(document) else { return [] }
        // A document begins with its length, which libbson has checked.
        let count = (0..<4).reversed().reduce(0) { unsafe $0 << 8 | Int(start[$1]) }
        return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }

    // MARK: Errors

    private func failure(_ error: bson_error_t, writes: Bool) -> DatabaseError {
        switch mongoc_error_domain_t(rawValue: error.domain) {
        case MONGOC_ERROR_STREAM, MONGOC_ERROR_PROTOCOL:
            isUsable = false
            return writes ? .commitUnknown : .unavailable("the connection to MongoDB broke")
        case MONGOC_ERROR_SERVER_SELECTION:
            isUsable = false
            return .unavailable("no MongoDB server answers")
        case MONGOC_ERROR_CLIENT, MONGOC_ERROR_SCRAM, MONGOC_ERROR_SASL:
            isUsable = false
            return .unavailable("MongoDB refused the sign-in (\(error.code))")
        case MONGOC_ERROR_BSON, MONGOC_ERROR_COMMAND: return .refused("a document (\(error.code))")
        default: return Self.error(code: error.code)
        }
    }

    /// An error by the server's number; its texts quote values and stay out.
    private static func error(code: UInt32) -> DatabaseError {
        switch code {
        case 11_000, 11_001, 12_582, 121: .constraint
        case 112: .conflict
        case 50, 262: .unavailable("a statement took too long")
        case 13, 18: .unavailable("MongoDB does not permit it (\(code))")
        case 10_334, 17_280, 17_419, 17_420: .refused("a document that is too large")
        case 6, 7, 89, 91, 189, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436:
            .unavailable("MongoDB \(code)")
        default: .unexpected("MongoDB \(code)")
        }
    }
}

/// Bytes as libbson's document.
@safe private final class CDocument {
    let pointer: OpaquePointer

    init(_ bytes: [UInt8]) throws(DatabaseError) {
        guard let made = unsafe bson_new_from_data(bytes, bytes.count) else {
            throw .refused("a document that is too large")
        }
        unsafe pointer = unsafe made
    }

    deinit { unsafe bson_destroy(pointer) }
}
