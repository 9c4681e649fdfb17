import Foundation
import GatehouseCore
import Glibc
import TestSupport
import Testing

/// The process itself: killed, started twice, told to stop, told to reload.
@Suite(
    .serialized, .enabled(if: GateProcess.program != nil, "the gatehouse program is not built"))
struct ProcessFaultTests {
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private func contents(_ folder: URL, _ names: [String]) -> [Data?] {
        names.map { FileManager.default.contents(atPath: folder.path + "/data/" + $0) }
    }

    private static let plainAndSecure = """
        listeners:
          - { address: "127.0.0.1:0", protocol: http }
          - { address: "127.0.0.1:0", protocol: https }
        """

    @Test func `comes back with the same keys after kill -9 in the middle of work`() throws {
        try withFolder { folder in
            let upstream = try ScriptedUpstream { peer, _ in while peer.head() != nil {} }
            let text = FaultGate.configuration(
                servers: [upstream.port], extra: Self.plainAndSecure)
            let first = try GateProcess(text, in: folder)
            try #require(first.isServing())
            let names = [
                "tls/authority.pem", "tls/authority.key", "tls/host.pem", "identity-key.pem",
            ]
            let before = contents(folder, names)
            #expect(!before.contains(nil))
            let waiting = try RawClient(port: first.ports[0])
            waiting.send(FaultGate.request("/a"))
            #expect(eventually { upstream.connections == 1 })
            first.signal(SIGKILL)
            #expect(first.exitCode() == SIGKILL)
            #expect(first.process.terminationReason == .uncaughtSignal)
            #expect(waiting.receiveAll().isEmpty)
            let second = try GateProcess(text, in: folder)
            try #require(second.isServing())
            #expect(contents(folder, names) == before)
            #expect(!second.log.contains("local_authority_created"))
            #expect(try second.get("/fixed").hasSuffix("fixed"))
            let secure = try TLSClient(port: second.ports[1], folder)
            #expect(secure.get("/fixed").contains("200 OK"))
        }
    }

    @Test func `refuses to start where another one listens`() throws {
        try withFolder { folder in
            let text = FaultGate.configuration(servers: [1])
            let first = try GateProcess(text, in: folder)
            try #require(first.isServing())
            let port = first.ports[0]
            let second = try GateProcess(
                text.replacing(
                    "address: \"127.0.0.1:0\", pro", with: "address: \"127.0.0.1:\(port)\", pro"),
                in: folder)
            #expect(second.exitCode() == 1)
            #expect(second.log.contains("127.0.0.1:\(port)"))
            #expect(second.log.contains("EADDRINUSE") || second.log.contains("in use"))
            #expect(try first.get("/fixed").hasSuffix("fixed"))
        }
    }

    @Test func `finishes what was accepted on SIGTERM, takes nothing new, and exits with 0`() throws
    {
        try withFolder { folder in
            let go = DispatchSemaphore(value: 0)
            let upstream = try ScriptedUpstream { peer, _ in
                _ = peer.head()
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
                _ = go.wait(timeout: .now() + 20)
                peer.send("done")
            }
            let gate = try GateProcess(
                FaultGate.configuration(servers: [upstream.port]), in: folder)
            try #require(gate.isServing())
            let port = gate.ports[0]
            let (busy, idle) = (try RawClient(port: port), try RawClient(port: port))
            idle.send(FaultGate.request("/fixed"))
            #expect(idle.response().hasSuffix("fixed"))
            busy.send(FaultGate.request("/a"))
            var seen = ""
            while !seen.hasSuffix("half") {
                seen += String(decoding: busy.receive(), as: UTF8.self)
            }
            gate.signal(SIGTERM)
            #expect(idle.isClosed())
            #expect(eventually { (try? RawClient(port: port)) == nil })
            #expect(gate.process.isRunning)
            go.signal()
            #expect(busy.receiveAll() == "done")
            #expect(gate.exitCode() == 0)
            #expect(gate.log.contains("sys_shutdown") && !gate.log.contains("server.cut"))
        }
    }

    @Test func `cuts what does not finish within the deadline, and exits with 0`() throws {
        try withFolder { folder in
            let upstream = try ScriptedUpstream { peer, _ in while peer.head() != nil {} }
            let gate = try GateProcess(
                FaultGate.configuration(
                    servers: [upstream.port], extra: "timeouts: { drain: 200ms }"), in: folder)
            try #require(gate.isServing())
            let busy = try RawClient(port: gate.ports[0])
            busy.send(FaultGate.request("/a"))
            #expect(eventually { upstream.connections == 1 })
            gate.signal(SIGTERM)
            #expect(busy.receiveAll().isEmpty)
            #expect(gate.exitCode() == 0)
            #expect(gate.log.contains(#""event":"server.cut","connections":1"#))
        }
    }

    @Test func `keeps the old configuration when the new one is wrong`() throws {
        try withFolder { folder in
            let text = FaultGate.configuration(servers: [1])
            let gate = try GateProcess(text, in: folder)
            try #require(gate.isServing())
            for wrong in [
                text + "rotues: []\n", "hosts: [", "",
                text.replacing("upstream: api,", with: "upstream: other,"),
            ] {
                let refused = gate.count("configuration.refused")
                try GateProcess.write(wrong, in: folder)
                gate.signal(SIGHUP)
                #expect(eventually { gate.count("configuration.refused") == refused + 1 })
                #expect(try gate.get("/fixed").hasSuffix("fixed"))
            }
            #expect(gate.log.contains("rotues"))
            gate.signal(SIGTERM)
            #expect(gate.exitCode() == 0)
        }
    }

    @Test func `takes over a new configuration while a connection and a request go on`() throws {
        try withFolder { folder in
            let go = DispatchSemaphore(value: 0)
            let upstream = try ScriptedUpstream { peer, _ in
                _ = peer.head()
                _ = go.wait(timeout: .now() + 20)
                peer.answer("late")
            }
            let text = FaultGate.configuration(servers: [upstream.port])
            let gate = try GateProcess(text, in: folder)
            try #require(gate.isServing())
            let (kept, busy) = (
                try RawClient(port: gate.ports[0]), try RawClient(port: gate.ports[0])
            )
            kept.send(FaultGate.request("/fixed"))
            #expect(kept.response().hasSuffix("fixed"))
            busy.send(FaultGate.request("/a"))
            #expect(eventually { upstream.connections == 1 })
            try GateProcess.write(
                text.replacing("path: /fixed", with: "path: /new")
                    .replacing("methods: all, access", with: "methods: [POST], access"),
                in: folder)
            gate.signal(SIGHUP)
            #expect(eventually { gate.log.contains("sys_restart") })
            #expect(eventually { (try? gate.get("/new"))?.hasSuffix("fixed") == true })
            kept.send(FaultGate.request("/new"))
            #expect(kept.response().hasSuffix("fixed"))
            kept.send(FaultGate.request("/fixed"))
            #expect(kept.response().status == 405)
            go.signal()
            #expect(busy.response().hasSuffix("late"))
            gate.signal(SIGTERM)
            #expect(gate.exitCode() == 0)
        }
    }

    @Test func `shows a new certificate to new connections and keeps the old ones`() throws {
        try withFolder { folder in
            let gate = try GateProcess(
                FaultGate.configuration(servers: [1], extra: Self.plainAndSecure), in: folder)
            try #require(gate.isServing())
            let old = try TLSClient(port: gate.ports[1], folder)
            #expect(old.get("/fixed").contains("200 OK"))
            let path = folder.path + "/data/tls/host.pem"
            let before = FileManager.default.contents(atPath: path)
            try FileManager.default.removeItem(atPath: path)
            gate.signal(SIGHUP)
            #expect(eventually { gate.log.contains("sys_restart") })
            #expect(FileManager.default.contents(atPath: path) != before)
            var new = try TLSClient(port: gate.ports[1], folder)
            #expect(
                try eventually {
                    new = try TLSClient(port: gate.ports[1], folder)
                    return new.get("/fixed").contains("200 OK")
                        && new.certificate != old.certificate
                })
            #expect(old.certificate?.isEmpty == false)
            #expect(old.get("/fixed").contains("200 OK"))
        }
    }
}
