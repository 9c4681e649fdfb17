import GatehouseCore
import GatehouseCrypto
import GatehouseStorage
import TestSupport
import Testing

@testable import GatehouseIdentity

@Suite struct PasswordCostTests {
    private func database() throws -> (ScratchFolder, SQLiteDatabase) {
        let folder = try ScratchFolder()
        return (folder, try SQLiteDatabase(path: folder.path + "/accounts.db"))
    }

    @Test func `never hashes for less than OWASP asks, however slow the machine is`() throws {
        let (folder, database) = try database()
        let cost = try PasswordCost.calibrated(in: database, within: .milliseconds(50)) { _ in
            .seconds(2)
        }
        #expect(cost.passes == 2 && cost.memoryKiB == 19_456)
        withExtendedLifetime(folder) { database.close() }
    }

    @Test func `takes the passes that fit, measured once for a database`() throws {
        let (folder, database) = try database()
        let first = try PasswordCost.calibrated(in: database, within: .milliseconds(50)) { _ in
            .milliseconds(16)
        }
        #expect(first.passes == 6)
        let second = try PasswordCost.calibrated(in: database, within: .seconds(1)) { _ in
            Issue.record("measured again")
            return .milliseconds(1)
        }
        #expect(second == first)
        withExtendedLifetime(folder) { database.close() }
    }

    @Test func `stays within bounds on a clock that shows nothing, and says what is broken`() throws
    {
        let (folder, database) = try database()
        let cost = try PasswordCost.calibrated(in: database, within: .seconds(1)) { _ in .zero }
        #expect(cost.passes == PasswordCost.passesMax)
        try database.transaction { connection in
            _ = try connection.run("UPDATE settings SET value = 'many'")
        }
        #expect(throws: AccountError.self) {
            try PasswordCost.calibrated(in: database, within: .seconds(1))
        }
        withExtendedLifetime(folder) { database.close() }
    }
}
