import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP
import GatehouseTransport
import Synchronization
import TestSupport
import Testing

/// What a client may try with timing and with the place where its bytes are cut.
@Suite struct HostileClientTests {
    @Test func `a half request behind a streamed answer gets no more time than any other`() throws {
        var limits = ConnectionLimits()
        limits.headerTimeout = .milliseconds(200)
        let harness = try ServerHarness(limits: limits) { _ in
            Response(body: .stream(Halting(3), length: nil))
        }
        let client = try harness.client()
        client.send(simple + "GET / HTTP/1.1\r\nHo")
        #expect(client.receiveAll().contains("HTTP/1.1 408 "))
    }

    @Test func `requests that came before the client's end are answered`() throws {
        let harness = try ServerHarness { ok($0.path) }
        let client = try harness.client()
        client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        client.endSending()
        let answers = client.receiveAll()
        #expect(answers.contains("\r\n\r\n/1HTTP/1.1 200") && answers.hasSuffix("/2"))
    }

    @Test func `a broken head stays readable while its refusal waits for a slow reader`() throws {
        let harness = try ServerHarness(refusalBytes: 16 << 20) { _ in ok() }
        let client = try harness.client()
        let padding = String(repeating: "x", count: 7_000)
        let filler = "GET / HTTP/1.1\r\nHost: a\r\nA: \(padding)\r\nB: \(padding)\r\n\r\n"
        client.send(filler + filler + "GET /refused HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n")
        client.send(String(repeating: "y", count: 100))
        for _ in 0..<2 { #expect(client.response().hasSuffix("ok")) }
        for _ in 0..<20 { client.send(String(repeating: "y", count: 100)) }
        #expect(client.receiveAll().utf8.count > 16 << 20)
        #expect(eventually { harness.service.paths.withLock { $0.last == "/refused" } })
    }

    @Test func `an upload that fills the buffer behind its head waits for its handler`() throws {
        let harness = try ServerHarness { request in
            guard request.path == "/upload" else { return ok() }
            await request.loopContext?.loop.sleep(for: .milliseconds(300))
            request.body.limit = .mebibytes(1)
            return ok("\((try? await request.body.collect().count) ?? -1)")
        }
        let client = try harness.client()
        let head = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n"
        client.send(simple + head)
        #expect(client.response().hasSuffix("ok"))
        client.send("\r\n" + String(repeating: "x", count: 400_000))
        #expect(client.response().hasSuffix("\r\n\r\n400000"))
    }

    @Test func `an answer that comes after the handler's time is let go of`() throws {
        let source = Halting(1)
        let box = Unchecked(source)
        let harness = try ServerHarness(timeout: .milliseconds(100)) { request in
            await request.loopContext?.loop.sleep(for: .milliseconds(400))
            return Response(body: .stream(box.value, length: nil))
        }
        let client = try harness.client()
        client.send(simple)
        #expect(client.receiveAll().hasPrefix("HTTP/1.1 503 "))
        #expect(eventually { source.isCancelled.withLock { $0 } })
    }

    @Test func `a stream behind a head that fits no buffer is let go of`() throws {
        let source = Halting(1)
        let box = Unchecked(source)
        let harness = try ServerHarness { _ in
            var response = Response(body: .stream(box.value, length: nil))
            for _ in 0..<50 {
                try? response.fields.append(.setCookie, String(repeating: "c", count: 1_000))
            }
            return response
        }
        let client = try harness.client()
        client.send(simple)
        #expect(client.receiveAll().isEmpty)
        #expect(eventually { source.isCancelled.withLock { $0 } })
    }

    @Test func `refused connections are not counted as ended ones`() throws {
        var limits = ConnectionLimits()
        limits.perClientMax = 1
        let harness = try ServerHarness(limits: limits) { _ in ok() }
        let first = try harness.client()
        first.send(simple)
        #expect(first.response().hasSuffix("ok"))
        #expect(try harness.client().receiveAll().isEmpty)
        let events = harness.service.events.withLock { $0 }
        #expect(events.filter { $0 == "accepted" }.count == 1)
        #expect(events.filter { $0 == "closed" }.isEmpty)
    }
}

/// Pieces that are never at hand when they are asked for.
final class Halting: BodySource {
    private var remaining: Int
    let isCancelled = Mutex(false)

    init(_ count: Int) { remaining = count }

    func read(into output: Buffer) async throws(BodyError) -> Bool {
        guard remaining > 0 else { return false }
        remaining -= 1
        output.append("piece")
        return true
    }

    func cancel() { isCancelled.withLock { $0 = true } }
}
