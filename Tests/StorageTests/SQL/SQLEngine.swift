import GatehouseCore
import GatehouseStorage
import TestSupport
import Testing

/// The engines that one body of tests runs against, and a new database on each.
enum SQLEngine: String, CaseIterable, CustomTestStringConvertible {
    case sqlite
    case postgreSQL

    /// Those that this machine has; a test says by name when the server is missing.
    static let available = allCases.filter { $0 == .sqlite || PostgreSQLServer.isInstalled }

    var testDescription: String { rawValue }

    /// A database, and a way to open it again.
    struct Fixture {
        let database: SQLDatabase
        private let opening: (SQLLimits) async throws -> SQLDatabase
        let blocking: () throws -> any Database
        /// Keeps the file's folder.
        let folder: ScratchFolder?

        init(
            _ limits: SQLLimits, folder: ScratchFolder?,
            blocking: @escaping () throws -> any Database,
            opening: @escaping (SQLLimits) async throws -> SQLDatabase
        ) async throws {
            self.folder = folder
            self.blocking = blocking
            self.opening = opening
            database = try await opening(limits)
        }

        func open(_ change: (inout SQLLimits) -> Void = { _ in }) async throws -> SQLDatabase {
            var limits = SQLLimits()
            change(&limits)
            return try await opening(limits)
        }
    }

    func fixture(_ change: (inout SQLLimits) -> Void = { _ in }) async throws -> Fixture {
        var limits = SQLLimits()
        change(&limits)
        switch self {
        case .sqlite:
            let folder = try ScratchFolder()
            let path = folder.path + "/test.db"
            return try await Fixture(
                limits, folder: folder, blocking: { try SQLiteDatabase(path: path) },
                opening: { try await SQLDatabase.sqlite(path, limits: $0) })
        case .postgreSQL:
            let address = try PostgreSQLServer.shared().newDatabase()
            return try await Fixture(
                limits, folder: nil, blocking: { try PostgreSQLDatabase(url: address) },
                opening: { try await SQLDatabase.postgreSQL(Redacted(address), limits: $0) })
        }
    }

    /// A statement that takes far longer than any test waits.
    var endless: SQLStatement {
        switch self {
        case .sqlite:
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
            SELECT COUNT(*) AS n FROM n WHERE i < 0
            """
        case .postgreSQL: "SELECT pg_sleep(600)"
        }
    }
}
