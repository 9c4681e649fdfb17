import Foundation
import Gatehouse
import GatehouseCore
import Synchronization
import TestSupport
import Testing

/// A loop with too much to do: in an application of the library, whose handlers compute.
@Suite(.serialized) struct SheddingTests {
    private static let configuration = """
        data: ./data
        hosts: [localhost]
        listeners: [{ address: "127.0.0.1:0", protocol: http }]
        log: { level: error, access: off }
        admin: { address: "127.0.0.1:0" }
        server: { loops: 1 }
        limits: []
        floods: { lag-target: 100ms, lag-interval: 500ms }
        routes: [{ path: /x, methods: [GET], access: anyone, respond: { body: x } }]
        \(TokenMaker.issuer)
        """

    private func application(_ folder: ScratchFolder) throws -> Gateway {
        try folder.write(TokenMaker.secret, "token.secret")
        _ = unsafe chmod(folder.path + "/token.secret", 0o600)
        let configuration = try Configuration.parse(
            Array(Self.configuration.utf8), name: "shedding", folder: folder.path,
            surroundings: Surroundings(
                environment: { _ in nil }, file: { FileLook(path: $0, bytesMax: $1) })
        ).configuration
        let application = Application(configuration)
        for (path, access) in [("/work", AccessRule.anyone), ("/mine", .signedIn)] {
            application.get(path, access: access) { _ in
                // Keeps the loop's thread, as a handler must not.
                let end = MonotonicTime.now + .milliseconds(10)
                while MonotonicTime.now < end {}
                return .text("done")
            }
        }
        return try application.start()
    }

    @Test(.enabled(if: FloodTests.hasPython, "python3 is not installed"))
    func `turns anonymous requests away before signed-in ones, and no health check`() throws {
        let folder = try ScratchFolder()
        let gateway = try application(folder)
        defer { gateway.stop() }
        let port = "\(gateway.addresses[0].port)"
        let checks = Checks(port)
        let report = try FloodTests.Report([
            "requests", "--port", port, "--path", "/work", "--threads", "40", "--seconds", "5",
            "--probe", "/mine", "--token", try TokenMaker.token("alice"),
        ])
        report.show("requests, signed-in probe")
        let health = try checks.report()
        health.show("requests, health check")
        let attack = try #require(report.attack)
        let refused = try #require(attack.refused)
        print("  anonymous: \(refused) of \(attack.tries) turned away")
        #expect(refused > 0)
        for series in [health.probe.fresh, health.probe.kept] {
            #expect(series.tries > 0 && series.good == series.tries)
        }
        // A machine that is late for other reasons may have to turn some of these away too.
        let signedIn = [report.probe.fresh, report.probe.kept]
        let good = signedIn.reduce(0) { $0 + $1.good }
        let tries = signedIn.reduce(0) { $0 + $1.tries }
        #expect(good * attack.tries > (attack.tries - refused) * tries)
    }

    /// Health checks all the while, from a thread of their own.
    private final class Checks: Sendable {
        private let done = DispatchSemaphore(value: 0)
        private let result = Mutex<Result<FloodTests.Report, any Error>?>(nil)

        init(_ port: String) {
            Thread.detachNewThread { [self] in
                let report = Result {
                    try FloodTests.Report([
                        "none", "--port", port, "--probe", "/health/live", "--seconds", "5",
                    ])
                }
                result.withLock { $0 = report }
                done.signal()
            }
        }

        func report() throws -> FloodTests.Report {
            done.wait()
            guard let result = result.withLock({ $0 }) else {
                throw PostgreSQLServer.Failure(description: "no report")
            }
            return try result.get()
        }
    }
}
