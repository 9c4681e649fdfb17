import Foundation
import GatehouseCore
import GatehouseHTTP
import Testing

@testable import Gatehouse

/// The configuration of a first try.
@Suite struct ConfigurationQuickStartTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("gatehouse-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test func `lets nobody in but to read the public paths`() throws {
        try withFolder { folder in
            let made = try QuickStart.configuration(data: folder)
            #expect(made.routes.map(\.path) == ["/", "/public/*", "/*"])
            #expect(made.routes.map(\.access) == [.anyone, .anyone, .signedIn])
            for route in made.routes where route.access == .anyone {
                #expect(route.methods == [.get, .head])
            }
            #expect(made.listeners.allSatisfy { $0.address.isLoopback })
            #expect(made.admin.address.isLoopback)
            #expect(made.upstreams[0].servers == [.echo])
            #expect(made.hosts == ["localhost", "127.0.0.1"])
        }
    }

    @Test func `makes one secret, once, for its owner alone`() throws {
        try withFolder { folder in
            let first = try QuickStart.configuration(data: folder)
            let second = try QuickStart.configuration(data: folder)
            let modes = try [mode(folder), mode(folder + "/dev-token.secret")]
            #expect(modes == [0o700, 0o600])
            let secrets = try [first, second].map { configuration in
                let key = try #require(configuration.tokens.issuers.first?.keys.first)
                guard case .secret(let secret) = key.material else { throw CancellationError() }
                #expect(key.kid == "dev" && key.algorithm == .hs256)
                return secret.dangerouslyRevealed
            }
            #expect(secrets[0] == secrets[1] && secrets[0].count == 64)
            try withFolder { other in
                let third = try QuickStart.configuration(data: other)
                guard case .secret(let secret) = third.tokens.issuers[0].keys[0].material else {
                    return
                }
                #expect(secret.dangerouslyRevealed != secrets[0])
            }
        }
    }

    @Test func `refuses a secret that others can read or that is short`() throws {
        try withFolder { folder in
            _ = try QuickStart.configuration(data: folder)
            let path = folder + "/dev-token.secret"
            _ = unsafe chmod(path, 0o644)
            #expect(throws: ConfigurationError.self) { try QuickStart.configuration(data: folder) }
            _ = unsafe chmod(path, 0o600)
            try "short".write(toFile: path, atomically: false, encoding: .utf8)
            #expect(throws: ConfigurationError.self) { try QuickStart.configuration(data: folder) }
        }
    }

    @Test func `takes an upstream and an address`() throws {
        try withFolder { folder in
            let made = try QuickStart.configuration(
                upstream: "http://127.0.0.1:3000", listen: "[::1]:9443", data: folder)
            #expect(made.upstreams[0].servers[0].description == "http://127.0.0.1:3000")
            #expect(made.listeners.map(\.address.description) == ["[::1]:9443", "[::1]:8080"])
            #expect(made.hosts == ["localhost", "[::1]"])
            let every = try QuickStart.configuration(listen: "0.0.0.0:8080", data: folder)
            #expect(every.listeners.count == 1 && every.hosts == ["localhost"])
        }
    }

    @Test(
        arguments: [
            ("nonsense", nil), (nil, "8443"), (nil, "localhost:8443"), (nil, "127.0.0.1:9090"),
        ] as [(String?, String?)])
    func `refuses what it cannot use, before it makes anything`(
        _ upstream: String?, _ listen: String?
    ) throws {
        try withFolder { folder in
            #expect(throws: ConfigurationError.self) {
                try QuickStart.configuration(upstream: upstream, listen: listen, data: folder)
            }
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }
}
