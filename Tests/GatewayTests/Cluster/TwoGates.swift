import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import Gatehouse

/// Two gates with one configuration on one PostgreSQL, each with a data folder of its own.
struct TwoGates {
    let server: PostgreSQLServer
    let database: String
    let gates: [AccountsGate]
    var one: AccountsGate { gates[0] }
    var two: AccountsGate { gates[1] }

    /// - Parameter server: one of its own for tests that stop it.
    init(
        _ server: PostgreSQLServer? = nil,
        _ change: @escaping (inout Configuration) -> Void = { _ in }
    ) throws {
        self.server = try server ?? .shared()
        let database = try self.server.newDatabase()
        self.database = database
        gates = try (0..<2).map { _ in
            try AccountsGate { configuration in
                configuration.accounts?.database = database
                configuration.accounts?.confirmEmail = false
                configuration.accounts?.seal.key = Redacted([UInt8](repeating: 7, count: 32))
                configuration.accounts?.passwordHashTime = .milliseconds(10)
                configuration.routes[1].access = .permissions(["notes:read"])
                configuration.roles = [.init(name: "reader", permissions: ["notes:read"])]
                change(&configuration)
            }
        }
    }

    /// Makes an account and signs it in on the first gate.
    func signIn(_ email: String = "alice@example.com") throws -> AccountsGate.Answer {
        let answer = try one.send(
            "POST", "/auth/register",
            ["email": email, "password": AccountsGate.password, "name": "Alice"])
        #expect(answer.status == 202, "\(answer.body)")
        let login = try one.login(email)
        #expect(login.status == 200, "\(login.body)")
        return login
    }

    /// How long the second gate goes on to take a token after now, in milliseconds.
    func delay(_ token: String, path: String = "/api/x") throws -> Double {
        let start = MonotonicTime.now
        #expect(try eventually { try two.send("GET", path, token: token).status == 401 })
        return Double((MonotonicTime.now - start).nanoseconds) / 1e6
    }
}
