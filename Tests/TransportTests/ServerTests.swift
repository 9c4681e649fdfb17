import Foundation
import GatehouseCore
import GatehouseHTTP
import GatehouseTransport
import Synchronization
import TestSupport
import Testing

@Suite struct ServerTests {
    @Test func `refuses a request that breaks HTTP, and closes`() throws {
        let harness = try ServerHarness { _ in ok() }
        let client = try harness.client()
        client.send("GET / HTTP/1.1\nHost: a\r\n\r\n")
        let answer = client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer.contains("Connection: close\r\n"))
    }

    @Test func `serves many requests on one connection`() throws {
        let harness = try ServerHarness { ok($0.path) }
        let client = try harness.client()
        for index in 0..<50 {
            client.send("GET /\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(client.response().hasSuffix("\r\n\r\n/\(index)"))
        }
    }

    @Test func `answers a pipelined batch in order`() throws {
        let harness = try ServerHarness { request in
            if request.path == "/5" {
                await request.loopContext?.loop.sleep(for: .milliseconds(60))
            }
            return ok(request.path)
        }
        let client = try harness.client()
        client.send((0..<40).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        for index in 0..<40 { #expect(client.response().hasSuffix("\r\n\r\n/\(index)")) }
    }

    @Test func `an early answer of a batch does not wait for a slow later one`() throws {
        let harness = try ServerHarness { request in
            if request.path == "/slow" { await request.loopContext?.loop.sleep(for: .seconds(60)) }
            return ok(request.path)
        }
        let client = try harness.client()
        client.send("GET /fast HTTP/1.1\r\nHost: a\r\n\r\nGET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.response().hasSuffix("/fast"))
    }

    @Test func `takes a request that arrives byte by byte`() throws {
        let harness = try ServerHarness { request in
            ok(String(decoding: (try? await request.body.collect()) ?? [], as: UTF8.self))
        }
        let client = try harness.client()
        for byte in "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".utf8 {
            client.send([byte])
        }
        #expect(client.response().hasSuffix("\r\n\r\nhello"))
    }

    @Test func `sends 100 Continue only when the body is read`() throws {
        let harness = try ServerHarness { request in
            if request.path == "/no" { return .status(403) }
            return ok(String(decoding: (try? await request.body.collect()) ?? [], as: UTF8.self))
        }
        let client = try harness.client()
        client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(client.response() == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("hi")
        #expect(client.response().hasSuffix("\r\n\r\nhi"))
        client.send(
            "POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        let refused = client.receiveAll()
        #expect(refused.hasPrefix("HTTP/1.1 403"))
        #expect(refused.contains("Connection: close"))
    }

    @Test func `reads chunked bodies and goes on with the next request`() throws {
        let harness = try ServerHarness { request in
            ok(String(decoding: (try? await request.body.collect()) ?? [], as: UTF8.self))
        }
        let client = try harness.client()
        let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        client.send(chunked + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n" + simple)
        #expect(client.response().hasSuffix("\r\n\r\nabcde"))
        #expect(client.response().hasSuffix("\r\n\r\n"))
        client.send(chunked + "zz\r\n")
        #expect(client.receiveAll().contains("HTTP/1.1"))
    }

    @Test func `skips a short body that nobody read, closes on a long one`() throws {
        let harness = try ServerHarness { _ in ok() }
        let client = try harness.client()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + simple)
        #expect(client.response().hasSuffix("ok"))
        #expect(client.response().hasSuffix("ok"))
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nx")
        let last = client.receiveAll()
        #expect(last.contains("Connection: close"))
        #expect(last.hasSuffix("ok"))
    }

    @Test func `refuses a body over the limit while it streams`() throws {
        let harness = try ServerHarness { request in
            request.body.limit = .bytes(10)
            do { return ok("\(try await request.body.collect().count)") } catch {
                return .status((error as? Rejection)?.status ?? 500)
            }
        }
        let client = try harness.client()
        client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n"
                + String(repeating: "x", count: 255) + "\r\n0\r\n\r\n")
        #expect(client.response().hasPrefix("HTTP/1.1 413"))
    }

    @Test func `HEAD has the length and no body`() throws {
        let harness = try ServerHarness { _ in ok("four") }
        let client = try harness.client()
        client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let answer = client.receiveAll()
        #expect(answer.contains("Content-Length: 4\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test func `streams of unknown length are chunked, and end the connection in HTTP 1.0`() throws
    {
        let harness = try ServerHarness { _ in
            Response(contentType: .text, body: .stream(Countdown(3), length: nil))
        }
        let client = try harness.client()
        client.send(simple)
        let answer = client.response()
        #expect(answer.contains("Transfer-Encoding: chunked"))
        #expect(answer.contains("piece 3") && answer.hasSuffix("0\r\n\r\n"))
        client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
        let old = client.receiveAll()
        #expect(!old.contains("chunked") && old.hasSuffix("piece 3piece 2piece 1"))
    }

    @Test func `a stream that breaks off does not look complete`() throws {
        let harness = try ServerHarness { _ in
            Response(body: .stream(Countdown(3, failsAt: 1), length: nil))
        }
        let client = try harness.client()
        client.send(simple)
        #expect(!client.receiveAll().hasSuffix("0\r\n\r\n"))
        #expect(harness.service.summaries.withLock { $0.first?.isAborted } == true)
    }

    @Test func `holds the rest back from a slow reader`() throws {
        let produced = Countdown(4_000, size: 16_000)
        let box = Unchecked(produced)
        let harness = try ServerHarness { _ in
            Response(body: .stream(box.value, length: nil))
        }
        let client = try harness.client()
        client.send(simple)
        _ = client.receive(upTo: 1_000)
        for _ in 0..<40 { _ = try harness.client() }
        #expect(produced.remaining > 1_000, "a reader that stands still must stop the source")
    }

    @Test func `refuses connections over the limits and counts them back`() throws {
        var limits = ConnectionLimits()
        limits.perClientMax = 2
        let harness = try ServerHarness(limits: limits) { _ in ok() }
        do {
            let (first, second) = (try harness.client(), try harness.client())
            first.send(simple)
            second.send(simple)
            #expect(first.response().hasSuffix("ok") && second.response().hasSuffix("ok"))
            let third = try harness.client()
            third.send(simple)
            #expect(third.receiveAll().isEmpty)
            first.endSending()
            #expect(first.receiveAll().isEmpty)
        }
        let again = try harness.client()
        again.send(simple)
        #expect(again.response().hasSuffix("ok"))
    }

    @Test func `counts proxied connections before their header names a client`() throws {
        var limits = ConnectionLimits()
        limits.connectionsMax = 2
        limits.perClientMax = 1
        let harness = try ServerHarness(limits: limits, proxyHeader: true) { _ in ok() }
        let (first, second) = (try harness.client(), try harness.client())
        #expect(eventually { harness.server.connectionCount == 2 })
        #expect(try harness.client().receiveAll().isEmpty)
        first.send("PROXY TCP4 192.0.2.1 192.0.2.9 1 2\r\n" + simple)
        #expect(first.response().hasSuffix("ok"))
        second.send("PROXY TCP4 192.0.2.1 192.0.2.9 1 2\r\n" + simple)
        #expect(second.receiveAll().isEmpty)
        #expect(eventually { harness.server.connectionCount == 1 })
    }

    @Test func `closes after the last allowed request`() throws {
        var limits = ConnectionLimits()
        limits.requestsMax = 2
        let harness = try ServerHarness(limits: limits) { _ in ok() }
        let client = try harness.client()
        client.send(simple + simple + simple)
        let answers = client.receiveAll()
        #expect(answers.components(separatedBy: "HTTP/1.1 200").count == 3)
        #expect(answers.contains("Connection: close"))
    }
}

/// Produces numbered pieces, then ends or fails.
final class Countdown: BodySource {
    private(set) var remaining: Int
    private let failsAt: Int
    private let size: Int

    init(_ count: Int, failsAt: Int = 0, size: Int = 0) {
        remaining = count
        self.failsAt = failsAt
        self.size = size
    }

    var isReady: Bool { true }

    func read(into output: Buffer) async throws(BodyError) -> Bool {
        guard remaining > 0 else { return false }
        if remaining == failsAt { throw .disconnected }
        output.append(Array("piece \(remaining)".utf8))
        for _ in 0..<min(size, output.free) { output.append(0x78) }
        remaining -= 1
        return true
    }
}

/// Carries a value into a handler; the test and the handler take turns.
struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
