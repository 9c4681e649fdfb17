import GatehouseCore
import GatehouseHTTP
import Synchronization
import TestSupport
import Testing

@testable import GatehouseTransport

@Suite struct TimeoutTests {
    private func limits(_ change: (inout ConnectionLimits) -> Void) -> ConnectionLimits {
        var limits = ConnectionLimits()
        change(&limits)
        return limits
    }

    @Test func `a head that comes too slowly is answered 408 and cut`() throws {
        let harness = try ServerHarness(limits: limits { $0.headerTimeout = .milliseconds(200) }) {
            _ in ok()
        }
        let client = try harness.client()
        client.send("GET / HTTP/1.1\r\nHo")
        let answer = client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        #expect(answer.contains("request-timeout"))
    }

    @Test func `a body below the minimum rate is refused`() throws {
        let harness = try ServerHarness(
            limits: limits {
                $0.bodyGrace = .milliseconds(200)
                $0.bodyRateMin = 1_000_000
            }
        ) { request in
            do { return ok("\(try await request.body.collect().count)") } catch {
                return .status((error as? Rejection)?.status ?? 500)
            }
        }
        let client = try harness.client()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
        #expect(client.receiveAll().hasPrefix("HTTP/1.1 408 "))
    }

    @Test func `an idle connection is closed without a word`() throws {
        let harness = try ServerHarness(limits: limits { $0.idleTimeout = .milliseconds(150) }) {
            _ in ok()
        }
        let client = try harness.client()
        client.send(simple)
        #expect(client.response().hasSuffix("ok"))
        #expect(client.receiveAll().isEmpty)
    }

    @Test func `a handler that takes too long is answered for, and cancelled`() throws {
        let cancelled = Mutex(false)
        let harness = try ServerHarness(timeout: .milliseconds(150)) { request in
            await withTaskCancellationHandler {
                await request.loopContext?.loop.sleep(for: .milliseconds(600))
            } onCancel: {
                cancelled.withLock { $0 = true }
            }
            return ok("late")
        }
        let client = try harness.client()
        client.send(simple)
        let answer = client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 503 "))
        #expect(!answer.contains("late"))
        #expect(cancelled.withLock { $0 })
    }

    @Test func `a reader that takes nothing is cut`() throws {
        let harness = try ServerHarness(limits: limits { $0.writeTimeout = .milliseconds(200) }) {
            _ in Response(body: .stream(Countdown(100_000, size: 16_000), length: nil))
        }
        let client = try harness.client()
        client.send(simple)
        #expect(eventually { harness.service.summaries.withLock { $0.first?.isAborted == true } })
    }

    @Test func `draining finishes what was accepted and refuses the rest`() throws {
        let begun = Mutex(0)
        let harness = try ServerHarness { request in
            begun.withLock { $0 += 1 }
            await request.loopContext?.loop.sleep(for: .milliseconds(300))
            return ok("done")
        }
        let (busy, idle) = (try harness.client(), try harness.client())
        idle.send(simple)
        #expect(idle.response().hasSuffix("done"))
        busy.send(simple)
        #expect(eventually { begun.withLock { $0 } == 2 })
        #expect(harness.server.drain(deadline: .seconds(10)) == 0)
        #expect(busy.receiveAll().hasSuffix("done"))
        #expect(idle.receiveAll().isEmpty)
        #expect(throws: (any Error).self) { try RawClient(port: harness.port) }
    }

    @Test func `draining cuts what does not end in time`() throws {
        let begun = Mutex(0)
        let harness = try ServerHarness { request in
            begun.withLock { $0 += 1 }
            await request.loopContext?.loop.sleep(for: .seconds(30))
            return ok()
        }
        let client = try harness.client()
        client.send(simple)
        #expect(eventually { begun.withLock { $0 } == 1 })
        #expect(harness.server.drain(deadline: .milliseconds(100)) == 1)
        #expect(client.receiveAll().isEmpty)
    }
}

@Suite struct TimerWheelTests {
    final class Owner: DeadlineOwner {
        var fired = 0
        func deadlinePassed(_ deadline: Deadline) { fired += 1 }
    }

    @Test func `never fires early, fires once, and follows a moved deadline`() {
        let loop = EventLoop(index: 0)
        let start = MonotonicTime.now
        let owner = Owner()
        let deadline = Deadline(on: loop)
        deadline.attach(owner)
        deadline.set(after: .seconds(10))
        loop.advance(to: start + .seconds(9))
        #expect(owner.fired == 0)
        deadline.set(after: .seconds(60))
        loop.advance(to: start + .seconds(60))
        #expect(owner.fired == 0)
        loop.advance(to: start + .seconds(75))
        #expect(owner.fired == 1)
        loop.advance(to: start + .seconds(900))
        #expect(owner.fired == 1)
    }

    @Test func `does not fire for the time in which the loop stood still`() {
        let loop = EventLoop(index: 0)
        var now = MonotonicTime.now
        let owner = Owner()
        let deadline = Deadline(on: loop)
        deadline.attach(owner)
        loop.tick(at: now)
        deadline.set(after: .seconds(2))
        now = now + .seconds(60)
        loop.tick(at: now)
        #expect(owner.fired == 0)
        var ticks = 0
        while owner.fired == 0, ticks < 1_000 {
            now = now + .milliseconds(50)
            loop.tick(at: now)
            ticks += 1
        }
        // Two seconds, less what a late tick counts.
        #expect((34...42).contains(ticks))
    }

    @Test func `fires a deadline that was moved nearer, and none that was cleared`() {
        let loop = EventLoop(index: 0)
        let start = MonotonicTime.now
        let (near, cleared) = (Owner(), Owner())
        let (first, second) = (Deadline(on: loop), Deadline(on: loop))
        first.attach(near)
        second.attach(cleared)
        first.set(after: .seconds(3_600))
        first.set(after: .seconds(1))
        second.set(after: .seconds(1))
        second.clear()
        loop.advance(to: start + .seconds(2))
        #expect(near.fired == 1)
        #expect(cleared.fired == 0)
    }
}
