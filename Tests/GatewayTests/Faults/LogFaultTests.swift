import Foundation
import GatehouseCore
import TestSupport
import Testing

/// A log that can't be written, and one that is moved away.
@Suite(.serialized) struct LogFaultTests {
    @Test func `serves on a full disk, and counts the lines that it lost`() throws {
        let upstream = try ScriptedUpstream { peer, _ in peer.answerAll("well") }
        let gate = try FaultGate(
            FaultGate.configuration(servers: [upstream.port], access: "/dev/full"))
        let client = try gate.client()
        // More than the queue holds (2 MiB), at some 300 bytes a line.
        let (batch, batches) = (100, 95)
        let requests = String(repeating: FaultGate.request("/fixed"), count: batch)
        var answered = 0
        for _ in 0..<batches {
            client.send(requests)
            for _ in 0..<batch where client.response().hasSuffix("fixed") { answered += 1 }
        }
        #expect(answered == batch * batches)
        let dropped = try gate.metric(#"gatehouse_log_dropped_lines_total{log="access"}"#) ?? 0
        print("full disk: \(dropped) of \(answered) lines were dropped and counted")
        #expect(dropped > 0 && dropped < answered)
        #expect(try gate.get("/a").hasSuffix("well"))
    }

    @Test(.enabled(if: GateProcess.program != nil, "the gatehouse program is not built"))
    func `goes on in a new file after a rotation, without a gap`() throws {
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let gate = try GateProcess(
            FaultGate.configuration(servers: [1], access: "./access.log"), in: folder)
        try #require(gate.isServing())
        let (old, new) = (folder.path + "/access.log", folder.path + "/access.log.1")
        for _ in 0..<20 { #expect(try gate.get("/fixed?old").status == 200) }
        #expect(eventually { lines(old) == 20 })
        try FileManager.default.moveItem(atPath: old, toPath: new)
        #expect(try gate.get("/fixed?between").status == 200)
        gate.signal(SIGHUP)
        #expect(eventually { FileManager.default.fileExists(atPath: old) })
        for _ in 0..<20 { #expect(try gate.get("/fixed?new").status == 200) }
        #expect(eventually { lines(old) + lines(new) == 41 })
        #expect(lines(old) >= 20)
        let mode = try FileManager.default.attributesOfItem(atPath: old)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        gate.signal(SIGTERM)
        #expect(gate.exitCode() == 0)
    }

    private func lines(_ path: String) -> Int {
        (FileManager.default.contents(atPath: path) ?? Data()).count { $0 == 0x0A }
    }
}
