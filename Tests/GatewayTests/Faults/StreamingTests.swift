import Foundation
import GatehouseCore
import Synchronization
import TestSupport
import Testing

/// Bodies that are larger than any memory of the gate, and clients that read slowly.
@Suite(.serialized) struct StreamingTests {
    private static let total = 1 << 30
    private static let pieceLength = 1 << 20
    /// How much the gate's own memory may grow, in KiB.
    private static let growthMax = 40 * 1_024

    /// One MiB whose every 64 KiB begin with the place where they stand.
    private static func stamp(_ piece: inout [UInt8], at offset: Int) {
        for start in stride(from: 0, to: piece.count, by: 65_536) {
            let place = offset + start
            for byte in 0..<8 {
                piece[start + byte] = UInt8(truncatingIfNeeded: place >> (8 * byte))
            }
        }
    }

    /// Checks the stamps in a stream that comes in pieces of any size.
    private struct StampCheck {
        var count = 0
        var wrong = 0

        mutating func take(_ piece: [UInt8]) {
            var next = (count + 65_535) / 65_536 * 65_536
            while next + 8 <= count + piece.count {
                let start = next - count
                let place = (0..<8).reduce(0) { $0 | Int(piece[start + $1]) << (8 * $1) }
                if place != next { wrong += 1 }
                next += 65_536
            }
            count += piece.count
        }
    }

    @Test(.enabled(if: GateProcess.program != nil, "the gatehouse program is not built"))
    func `carries a GiB up and a GiB down in flat memory`() throws {
        let result = Mutex((count: 0, wrong: 0))
        let upstream = try ScriptedUpstream { peer, _ in
            while let head = peer.head() {
                if head.hasPrefix("GET /warm") { peer.answer("warm"); continue }
                if head.hasPrefix("GET") { Self.sendAll(peer); continue }
                var check = StampCheck()
                while check.count < Self.total {
                    let piece = peer.body()
                    if piece.isEmpty { break }
                    check.take(piece)
                }
                result.withLock { $0 = (check.count, check.wrong) }
                peer.answer("\(check.count)")
            }
        }
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let gate = try GateProcess(
            FaultGate.configuration(servers: [upstream.port]), in: folder)
        try #require(gate.isServing())
        #expect(try gate.get("/warm").hasSuffix("warm"))
        let before = gate.memory("VmHWM")
        let answer = try upload(to: gate)
        #expect(answer.hasSuffix("\r\n\r\n\(Self.total)"))
        let seen = result.withLock { $0 }
        #expect(seen.count == Self.total && seen.wrong == 0)
        let download = try download(from: gate)
        #expect(download.count == Self.total && download.wrong == 0)
        let growth = gate.memory("VmHWM") - before
        print("a GiB up and a GiB down: memory \(before) KiB, grew by \(growth) KiB")
        #expect(before > 0 && growth < Self.growthMax)
        gate.signal(SIGTERM)
        #expect(gate.exitCode() == 0)
    }

    private static func sendAll(_ peer: UpstreamPeer) {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
        var piece = [UInt8](repeating: 0, count: pieceLength)
        for offset in stride(from: 0, to: total, by: pieceLength) {
            stamp(&piece, at: offset)
            if peer.send(piece) < piece.count { return }
        }
    }

    private func upload(to gate: GateProcess) throws -> String {
        let client = try RawClient(port: gate.ports[0])
        client.send(
            FaultGate.request("/up", "Content-Length: \(Self.total)", method: "POST"))
        var piece = [UInt8](repeating: 0, count: Self.pieceLength)
        for offset in stride(from: 0, to: Self.total, by: piece.count) {
            Self.stamp(&piece, at: offset)
            client.send(piece)
        }
        return client.response()
    }

    private func download(from gate: GateProcess) throws -> (count: Int, wrong: Int) {
        let client = try RawClient(port: gate.ports[0])
        client.send(FaultGate.request("/down"))
        var check = StampCheck()
        var head: [UInt8] = []
        while head.firstRange(of: Array("\r\n\r\n".utf8)) == nil {
            let piece = client.receive()
            if piece.isEmpty { return (0, 0) }
            head += piece
        }
        if let end = head.firstRange(of: Array("\r\n\r\n".utf8)) {
            check.take(Array(head[end.upperBound...]))
        }
        while check.count < Self.total {
            let piece = client.receive(upTo: 262_144)
            if piece.isEmpty { break }
            check.take(piece)
        }
        return (check.count, check.wrong)
    }

    @Test func `passes each event on before the upstream sends the next`() throws {
        let go = DispatchSemaphore(value: 0)
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            peer.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n")
            for event in ["one", "two", "end"] {
                let text = "data: \(event)\n\n"
                peer.send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
                _ = go.wait(timeout: .now() + 20)
            }
            peer.send("0\r\n\r\n")
        }
        let gate = try FaultGate(FaultGate.configuration(servers: [upstream.port]))
        let client = try gate.client()
        client.send(FaultGate.request("/events"))
        var seen = ""
        for event in ["one", "two", "end"] {
            while !seen.contains("data: \(event)\n") {
                let piece = client.receive()
                try #require(!piece.isEmpty)
                seen += String(decoding: piece, as: UTF8.self)
            }
            go.signal()
        }
        while !seen.hasSuffix("0\r\n\r\n") {
            let piece = client.receive()
            try #require(!piece.isEmpty)
            seen += String(decoding: piece, as: UTF8.self)
        }
    }

    /// The upstream's clock must not run while it is the client who is slow.
    @Test func `holds the upstream back for a slow reader, and loses nothing`() throws {
        let length = 64 << 20
        let held = DispatchSemaphore(value: 0)
        let sentWhenHeld = Tally()
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n")
            let all = [UInt8](repeating: 0x78, count: length)
            var sent = peer.send(all, stall: 500)
            sentWhenHeld.add(sent)
            for _ in 0..<4 { sent += peer.send(Array(all[sent...]), stall: 500) }
            // Copied before the client goes on: from then on the upstream's clock runs again.
            let rest = Array(all[sent...])
            held.signal()
            peer.send(rest)
            _ = peer.head()
        }
        let gate = try FaultGate(
            FaultGate.configuration(
                servers: [upstream.port], upstream: ", response-timeout: 1500ms")
        )
        let client = try gate.client()
        client.send(FaultGate.request("/flood"))
        #expect(held.wait(timeout: .now() + 20) == .success)
        print("slow reader: the upstream was held back after \(sentWhenHeld.value) bytes")
        #expect(sentWhenHeld.value < 32 << 20)
        var received = client.receive(upTo: 4_096).count
        while received < length {
            let piece = client.receive(upTo: 1 << 20)
            if piece.isEmpty { break }
            received += piece.count
        }
        #expect(received > length && received < length + 4_096)
    }

    @Test func `cuts a client off that stops reading`() throws {
        let upstream = try ScriptedUpstream { peer, _ in
            while peer.head() != nil {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(64 << 20)\r\n\r\n")
                let piece = [UInt8](repeating: 0x78, count: 1 << 20)
                for _ in 0..<64 where peer.send(piece) < piece.count { return }
            }
        }
        let gate = try FaultGate(
            FaultGate.configuration(
                servers: [upstream.port], extra: "timeouts: { write: 300ms }"))
        let client = try gate.client()
        client.send(FaultGate.request("/flood"))
        let aborted = #"gatehouse_http_requests_aborted_total{route="/*"}"#
        #expect(try eventually { try gate.metric(aborted) == 1 })
        #expect(try gate.metric("gatehouse_connections_open") == 0)
        #expect(client.receiveAll().utf8.count < 64 << 20)
    }
}
