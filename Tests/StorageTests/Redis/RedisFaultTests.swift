import Foundation
import GatehouseCore
import Synchronization
import TestSupport
import Testing

@testable import GatehouseStorage

/// What callers see when a real Redis is slow, gone, or somebody else.
@Suite(.ownThreads, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisFaultTests {
    /// What a client's breaker did.
    private final class Transitions: Sendable {
        private let seen = Mutex<[RedisTransition]>([])
        var all: [RedisTransition] { seen.withLock { $0 } }
        func add(_ one: RedisTransition) { seen.withLock { $0.append(one) } }
    }

    private static func impatient(
        _ address: String, _ transitions: Transitions = Transitions(), failuresMax: Int = 3
    ) throws -> RedisClient {
        try redisClient(
            address,
            {
                $0.limits.commandTimeout = .milliseconds(150)
                $0.limits.connectTimeout = .milliseconds(500)
                $0.limits.backoffMax = .milliseconds(200)
                $0.limits.breaker.failuresMax = failuresMax
                $0.limits.breaker.openFirst = .milliseconds(200)
            }, observer: transitions.add)
    }

    @Test func `a certificate of another authority, or for another name, is refused`() async throws
    {
        let certificate = try ServerCertificate(names: "DNS:redis.test,IP:127.0.0.1")
        let other = try ServerCertificate(names: "IP:127.0.0.1")
        let server = try RedisServer(certificates: certificate.folder.path)
        let address = server.address(scheme: "rediss")
        let trusting = try redisClient(address, authority: certificate.authority)
        #expect(try await trusting.send(RedisCommand("PING")) == .status("PONG"))
        let named = try redisClient(address, authority: certificate.authority) {
            $0.encryption?.serverName = "redis.test"
        }
        #expect(try await named.send(RedisCommand("PING")) == .status("PONG"))
        let strangers = [
            try redisClient(address, authority: other.authority),
            try redisClient(address, authority: certificate.authority) {
                $0.encryption?.serverName = "elsewhere.test"
            },
            try redisClient(address),
        ]
        for stranger in strangers {
            let error = await #expect(throws: RedisError.self) {
                try await stranger.send(RedisCommand("PING"))
            }
            #expect("\(String(describing: error))".contains("TLS"))
        }
        await #expect(throws: RedisError.self) {
            try await Self.impatient(server.address()).send(RedisCommand("PING"))
        }
    }

    @Test func `large replies pass through TLS`() async throws {
        let certificate = try ServerCertificate(names: "IP:127.0.0.1")
        let server = try RedisServer(certificates: certificate.folder.path)
        let client = try redisClient(
            server.address(scheme: "rediss"), authority: certificate.authority)
        let value = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var set = RedisCommand("SET")
        set.append(key: Array("large".utf8))
        set.append(value)
        #expect(try await client.send(set) == .status("OK"))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await client.send(RedisCommand("GET", "large")) == .bytes(value)
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }

    @Test func `a halted server times out, is left alone, and is back by itself`() async throws {
        let server = try RedisServer()
        let transitions = Transitions()
        let client = try Self.impatient(server.address(), transitions)
        let set = RedisCommand("SET", "k", "before")
        #expect(eventually { (try? client.wait(for: set)) == .status("OK") })
        server.pause()
        // The first of them may be trials of a breaker that was open already.
        var errors: Set<RedisError> = []
        while !errors.contains(.circuitOpen) {
            do throws(RedisError) { _ = try await client.send(RedisCommand("GET", "k")) } catch {
                errors.insert(error)
            }
        }
        #expect(errors == [.timedOut, .circuitOpen])
        #expect(
            eventually {
                do throws(RedisError) {
                    _ = try client.wait(for: RedisCommand("GET", "k"))
                    return false
                } catch { return error == .circuitOpen }
            })
        #expect(transitions.all.first?.state == .open)
        #expect(transitions.all.first?.reason == .timedOut)
        server.resume()
        // Nobody asks: the client tries by itself.
        #expect(eventually { client.state == .closed })
        #expect(transitions.all.contains { $0.state == .closed })
        #expect(
            eventually {
                (try? client.wait(for: RedisCommand("GET", "k"))) == .bytes(Array("before".utf8))
            })
    }

    @Test func `a reply that comes too late is nobody else's`() async throws {
        let server = try RedisServer()
        let client = try Self.impatient(server.address(), failuresMax: 1_000)
        for number in 0..<5 {
            let set = RedisCommand("SET", "late:\(number)", "\(number)")
            #expect(eventually { (try? client.wait(for: set)) == .status("OK") })
            server.pause()
            await #expect(throws: RedisError.self) {
                try await client.send(RedisCommand("GET", "late:\(number)"))
            }
            server.resume()
            #expect(
                eventually {
                    (try? client.wait(for: RedisCommand("ECHO", "next \(number)")))
                        == .bytes(Array("next \(number)".utf8))
                })
        }
    }

    @Test func `cancelled callers leave the order of replies alone`() async throws {
        let server = try RedisServer.shared()
        let client = try redisClient(server.address())
        for round in 0..<20 {
            let cancelled = (0..<20).map { number in
                Task { try await client.send(RedisCommand("ECHO", "cancelled \(number)")) }
            }
            for task in cancelled { task.cancel() }
            let reply = try await client.send(RedisCommand("ECHO", "\(round)"))
            #expect(reply == .bytes(Array("\(round)".utf8)))
            for (number, task) in cancelled.enumerated() {
                let reply = try? await task.value
                #expect(reply == nil || reply == .bytes(Array("cancelled \(number)".utf8)))
            }
        }
    }

    @Test func `a killed server fails who waits, and serves again after its restart`() async throws
    {
        let server = try RedisServer()
        let transitions = Transitions()
        let client = try Self.impatient(server.address(), transitions)
        #expect(eventually { (try? client.wait(for: RedisCommand("PING"))) != nil })
        let patient = try redisClient(server.address())
        // It waits for what never comes, so that the kill finds it waiting.
        let outcome = Mutex<RedisError?>(nil)
        let ended = Atomic<Bool>(false)
        // A thread of its own: the pool's may all wait in other tests.
        Thread.detachNewThread {
            do throws(RedisError) {
                _ = try patient.wait(for: RedisCommand("BLPOP", "never", "0"))
            } catch { outcome.withLock { $0 = error } }
            ended.store(true, ordering: .releasing)
        }
        #expect(
            try eventually {
                try server.run("INFO", "clients").number(of: "blocked_clients") == 1
            })
        server.kill()
        #expect(eventually { ended.load(ordering: .acquiring) })
        #expect(outcome.withLock { $0 } == .disconnected)
        while client.state == .closed {
            do { _ = try await client.send(RedisCommand("PING")) } catch {
                #expect(
                    [.unreachable("ECONNREFUSED"), .disconnected, .timedOut, .circuitOpen]
                        .contains(error))
            }
        }
        try server.start()
        #expect(eventually { client.state == .closed })
        #expect(eventually { (try? client.wait(for: RedisCommand("PING"))) == .status("PONG") })
        #expect(transitions.all.map(\.state).first == .open)
        #expect(transitions.all.map(\.state).contains(.halfOpen))
    }

    @Test func `an idle connection that the server ends is no failure`() async throws {
        let server = try RedisServer()
        let client = try redisClient(server.address())
        // So many failures would open the breaker, were they any. Now and then a command may be on
        // its way when the connection ends.
        for _ in 0..<20 {
            #expect(
                eventually { (try? client.wait(for: RedisCommand("PING"))) == .status("PONG") })
            try server.run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        }
        #expect(client.state == .closed)
    }

    @Test func `a server that is read-only counts as unavailable`() async throws {
        let server = try RedisServer(["replicaof 127.0.0.1 1"], needsPassword: false)
        let transitions = Transitions()
        let client = try redisClient(
            "redis://127.0.0.1:\(server.port)",
            {
                $0.limits.breaker.failuresMax = 2
                $0.limits.breaker.window = .seconds(3_600)
            },
            observer: transitions.add)
        for _ in 0..<2 {
            await #expect(throws: RedisError.refused("READONLY")) {
                try await client.send(RedisCommand("SET", "a", "b"))
            }
        }
        #expect(transitions.all.first?.state == .open)
        #expect(transitions.all.first?.reason == .refused("READONLY"))
    }

    @Test func `a closed client refuses, and ends its connections`() async throws {
        let server = try RedisServer()
        let client = try redisClient(server.address())
        _ = try await client.send(RedisCommand("PING"))
        client.close()
        await #expect(throws: RedisError.closed) { try await client.send(RedisCommand("PING")) }
        #expect(
            eventually {
                (try? server.run("CLIENT", "LIST"))?.contains("name=gatehouse") == false
            })
    }
}
