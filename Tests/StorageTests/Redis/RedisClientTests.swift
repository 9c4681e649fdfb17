import GatehouseCore
import GatehouseStorage
import GatehouseTransport
import Synchronization
import TestSupport
import Testing

/// A client of a test's server.
func redisClient(
    _ address: String, authority: String? = nil,
    _ change: (inout RedisConfiguration) -> Void = { _ in },
    observer: @escaping @Sendable (RedisTransition) -> Void = { _ in }
) throws -> RedisClient {
    var configuration = try RedisConfiguration(url: address)
    if let authority { configuration.encryption?.authority = authority }
    // The machine may be busy with other tests: these clocks are not what is tested.
    configuration.limits.commandTimeout = .seconds(10)
    configuration.limits.connectTimeout = .seconds(10)
    change(&configuration)
    return try RedisClient(configuration, observer: observer)
}

@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisClientTests {
    @Test func `a wrong password is refused without naming it`() async throws {
        let server = try RedisServer.shared()
        let client = try redisClient("redis://:wrong-secret@127.0.0.1:\(server.port)")
        let error = await #expect(throws: RedisError.self) {
            try await client.send(RedisCommand("PING"))
        }
        #expect(error == .unauthorized("WRONGPASS"))
        #expect(error?.description.contains("wrong-secret") == false)
    }

    @Test func `a user without rights is refused, one with rights is served`() async throws {
        let server = try RedisServer([
            "user reader on >pass ~r:* +get +hello +select +client|setname +ping"
        ])
        let client = try redisClient("redis://reader:pass@127.0.0.1:\(server.port)")
        #expect(try await client.send(RedisCommand("GET", "r:1")) == .null)
        await #expect(throws: RedisError.unauthorized("NOPERM")) {
            try await client.send(RedisCommand("SET", "r:1", "x"))
        }
        await #expect(throws: RedisError.unauthorized("NOPERM")) {
            try await client.send(RedisCommand("GET", "other"))
        }
    }

    @Test func `an address that nobody listens on is unreachable`() async throws {
        let client = try redisClient("redis://127.0.0.1:\(try RedisServer.freePort())")
        await #expect(throws: RedisError.unreachable("ECONNREFUSED")) {
            try await client.send(RedisCommand("PING"))
        }
    }

    @Test func `replies of every kind come back, also of many callers at once`() async throws {
        let server = try RedisServer.shared()
        let client = try redisClient(server.address() + "/3")
        #expect(try await client.send(RedisCommand("PING")) == .status("PONG"))
        #expect(try await client.send(RedisCommand("GET", "kinds:none")) == .null)
        #expect(try await client.send(RedisCommand("SET", "kinds:a", "é\r\n\0")) == .status("OK"))
        #expect(
            try await client.send(RedisCommand("GET", "kinds:a")) == .bytes(Array("é\r\n\0".utf8)))
        #expect(
            try await client.send(RedisCommand("EVAL", "return {1,{2,'x'},false}", "0"))
                == .array([.integer(1), .array([.integer(2), .bytes([0x78])]), .null]))
        let sum = try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<500 {
                group.addTask {
                    let reply = try await client.send(RedisCommand("ECHO", "\(number)"))
                    return Int64(reply.text ?? "") ?? -1
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 500 * 499 / 2)
        #expect(try client.wait(for: RedisCommand("DBSIZE")) == .integer(1))
        #expect(try server.run("CLIENT", "LIST").contains("name=gatehouse"))
    }

    @Test func `commands of one turn of a loop leave in one write`() async throws {
        let server = try RedisServer()
        let client = try redisClient(server.address())
        let thread = LoopThread()
        let before = try await OnLoop.run(thread.loop) { () async throws -> Int in
            _ = try await client.send(RedisCommand("PING"))
            return 0
        }
        #expect(before == 0)
        let reads = try server.run("INFO", "stats").number(of: "total_reads_processed")
        try await OnLoop.run(thread.loop) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask(executorPreference: thread.loop) {
                        _ = try await client.send(RedisCommand("PING"))
                    }
                }
                try await group.waitForAll()
            }
        }
        let after = try server.run("INFO", "stats").number(of: "total_reads_processed")
        // Each redis-cli costs reads of its own: a handful.
        #expect(after - reads < 20)
        #expect(try server.calls(of: "ping") == 201)
        client.close()
        thread.stop()
    }

    @Test func `large replies and commands pass, larger ones than the bounds are refused`()
        async throws
    {
        let server = try RedisServer.shared()
        let client = try redisClient(server.address() + "/4") {
            $0.limits.replyBytesMax = 1 << 20
            $0.limits.bytesMax = 2 << 20
        }
        let megabyte = [UInt8](repeating: 0x61, count: 1_000_000)
        var set = RedisCommand("SET")
        set.append(key: Array("large".utf8))
        set.append(megabyte)
        #expect(try await client.send(set) == .status("OK"))
        #expect(try await client.send(RedisCommand("GET", "large")) == .bytes(megabyte))
        _ = try await client.send(
            RedisCommand("APPEND", "large", String(repeating: "b", count: 100_000)))
        await #expect(throws: RedisError.malformed("a reply that is too large")) {
            try await client.send(RedisCommand("GET", "large"))
        }
        #expect(try await client.send(RedisCommand("PING")) == .status("PONG"))
        var huge = RedisCommand("SET")
        huge.append(key: Array("huge".utf8))
        huge.append([UInt8](repeating: 0x61, count: 3_000_000))
        await #expect(throws: RedisError.overloaded) { try await client.send(huge) }
    }

    @Test func `a socket in the file system serves as well`() async throws {
        let server = try RedisServer.shared()
        let password = RedisServer.escapedPassword
        let client = try redisClient("redis+unix://:\(password)@\(server.socket)?database=5")
        #expect(try await client.send(RedisCommand("PING")) == .status("PONG"))
    }
}

/// Runs a test's work on a loop.
enum OnLoop {
    @discardableResult
    static func run<Value: Sendable>(
        _ loop: EventLoop, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await Task(executorPreference: loop) { try await work() }.value
    }
}

extension String {
    /// The number behind `name:` in `INFO`'s answer.
    func number(of name: String) -> Int {
        for line in split(whereSeparator: \.isNewline) where line.hasPrefix(name + ":") {
            return Int(line.dropFirst(name.count + 1).prefix { $0.isNumber }) ?? 0
        }
        return 0
    }
}
