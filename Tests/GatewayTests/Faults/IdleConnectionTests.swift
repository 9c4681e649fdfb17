import Foundation
import GatehouseCore
import Glibc
import TestSupport
import Testing

/// What a connection that waits costs.
@Suite(.serialized) struct IdleConnectionTests {
    private static let count = 10_000

    /// Whether this process and its children may hold so many descriptors.
    private static let mayOpenEnough: Bool = {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_max >= rlim_t(count + 1_000) else { return false }
        limit.rlim_cur = limit.rlim_max
        return unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    }()

    /// Bytes of memory for each connection: 8 KiB is promised for the optimised program; one built
    /// for debugging may take twice that.
    private static var costMax: Int {
        #if DEBUG
            16_384
        #else
            8_192
        #endif
    }

    @Test(
        .enabled(if: GateProcess.program != nil, "the gatehouse program is not built"),
        .enabled(if: mayOpenEnough, "the limit of open files (ulimit -Hn) is under 11,000"))
    func `holds 10,000 idle connections in little memory, and still answers`() throws {
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let gate = try GateProcess(
            FaultGate.configuration(
                servers: [1],
                extra: "connections: { max: 10100, per-client: 10100 }\n"
                    + "floods: { connections-burst: 20000, lag-target: 60s }\n"
                    + "timeouts: { idle: 10m }"),
            in: folder)
        try #require(gate.isServing())
        let kept = try RawClient(port: gate.ports[0])
        func answers() -> Bool {
            kept.send(FaultGate.request("/fixed"))
            return kept.response().hasSuffix("fixed")
        }
        for _ in 0..<100 { #expect(answers()) }
        let before = gate.memory("VmRSS")
        var idle: [RawClient] = []
        idle.reserveCapacity(Self.count)
        for _ in 0..<Self.count {
            let client = try RawClient(port: gate.ports[0])
            client.send(FaultGate.request("/fixed"))
            idle.append(client)
        }
        var served = 0
        for client in idle where client.response().hasSuffix("fixed") { served += 1 }
        #expect(served == Self.count)
        let cost = (gate.memory("VmRSS") - before) * 1_024 / Self.count
        print("an idle connection: \(cost) bytes, with \(Self.count) of them")
        #expect(before > 0 && cost <= Self.costMax)
        #expect(answers())
        idle = []
        #expect(answers())
        gate.signal(SIGTERM)
        #expect(gate.exitCode() == 0)
    }
}
