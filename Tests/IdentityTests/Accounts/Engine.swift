import GatehouseStorage
import TestSupport
import Testing

/// The database engines that accounts run on.
enum Engine: CaseIterable, Sendable {
    case sqlite
    case postgresql

    /// What the running test's accounts are kept in.
    @TaskLocal static var current = Engine.sqlite

    /// A new database.
    func open(in folder: ScratchFolder) throws -> any Database {
        switch self {
        case .sqlite: try SQLiteDatabase(path: folder.path + "/accounts.db")
        case .postgresql:
            try PostgreSQLDatabase(url: try PostgreSQLServer.shared().newDatabase())
        }
    }
}

/// Runs each test of a suite once on every engine that is installed.
struct EachEngine: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await function()
        guard PostgreSQLServer.isInstalled else { return }
        try await Engine.$current.withValue(.postgresql) { try await function() }
    }
}

extension Trait where Self == EachEngine {
    /// On SQLite, then on PostgreSQL.
    static var eachEngine: Self { EachEngine() }
}
