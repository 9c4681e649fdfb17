import Foundation
import Synchronization
import TestSupport
import Testing

/// Rate limits under parallel clients and over a reload.
@Suite(.serialized) struct LimitFaultTests {
    private func configuration(_ port: UInt16, quota: Int, algorithm: String) -> String {
        FaultGate.configuration(
            servers: [port],
            extra: """
                limits:
                  - { name: all, algorithm: \(algorithm), quota: \(quota), window: 1h }
                server: { loops: 2 }
                """)
    }

    @Test(arguments: ["sliding-window", "gcra"])
    func `admits exactly the quota of parallel clients, over several loops`(
        _ algorithm: String
    ) throws {
        let upstream = try ScriptedUpstream { peer, _ in peer.answerAll("well") }
        let gate = try FaultGate(
            configuration(upstream.port, quota: 100, algorithm: algorithm))
        let port = gate.port
        let (admitted, refused, done) = (Tally(), Tally(), Tally())
        for _ in 0..<16 {
            Thread.detachNewThread {
                defer { done.add(1) }
                guard let client = try? RawClient(port: port) else { return }
                for _ in 0..<20 {
                    client.send(FaultGate.request("/a"))
                    switch client.response().status {
                    case 200: admitted.add(1)
                    case 429: refused.add(1)
                    default: break
                    }
                }
            }
        }
        #expect(eventually { done.value == 16 })
        #expect(admitted.value == 100 && refused.value == 220)
    }

    @Test func `forgets nothing over a reload`() throws {
        let upstream = try ScriptedUpstream { peer, _ in peer.answerAll("well") }
        let text = configuration(upstream.port, quota: 4, algorithm: "sliding-window")
        let gate = try FaultGate(text)
        for _ in 0..<3 { #expect(try gate.get("/a").status == 200) }
        try gate.reload(text)
        #expect(try gate.get("/a").status == 200)
        #expect(try gate.get("/a").status == 429)
        try gate.reload(text)
        #expect(try gate.get("/a").status == 429)
    }
}
