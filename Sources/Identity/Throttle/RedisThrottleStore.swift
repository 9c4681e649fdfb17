package import GatehouseCore
package import GatehouseStorage

/// Counters on Redis, for all gates that hash with the same seed: each call is one script, by
/// Redis' clock, and each key goes by itself when it has faded.
///
/// Blocks the calling thread, which must be no loop's. In a cluster each counter is a call of its
/// own.
package final class RedisThrottleStore: ThrottleStore {
    private let client: RedisClient
    private let prefix: [UInt8]
    private let usesGivenTime: Bool
    private let isCluster: Bool

    /// - Parameter prefix: begins each key's name.
    package convenience init(_ client: RedisClient, prefix: String = "gatehouse:") {
        self.init(client, prefix: prefix, usesGivenTime: false)
    }

    /// - Parameter usesGivenTime: takes the time from callers, for tests.
    init(_ client: RedisClient, prefix: String, usesGivenTime: Bool) {
        self.client = client
        self.prefix = Array((prefix + "sign-in:").utf8)
        self.usesGivenTime = usesGivenTime
        if case .cluster = client.configuration.layout {
            isCluster = true
        } else {
            isCluster = false
        }
        for script in [ThrottleScript.wait, ThrottleScript.count] { client.preload(script) }
    }

    package func wait(
        _ keys: [ThrottleKey], now: MonotonicTime
    ) throws(ThrottleUnavailable) -> Duration? {
        var longest: Int64 = 0
        for part in parts(keys) {
            guard let wait = try run(ThrottleScript.wait, part, now).integer else {
                throw ThrottleUnavailable("Redis' answer cannot be understood")
            }
            longest = max(longest, wait)
        }
        return longest > 0 ? .microseconds(longest) : nil
    }

    package func count(
        _ keys: [ThrottleKey], now: MonotonicTime
    ) throws(ThrottleUnavailable) {
        for part in parts(keys) { _ = try run(ThrottleScript.count, part, now) }
    }

    package func forget(_ key: ThrottleKey) throws(ThrottleUnavailable) {
        var command = RedisCommand("DEL")
        command.append(key: name(key))
        do throws(RedisError) { _ = try client.wait(for: command) } catch {
            throw ThrottleUnavailable(error.description)
        }
    }

    private func parts(_ keys: [ThrottleKey]) -> [[ThrottleKey]] {
        isCluster ? keys.map { [$0] } : [keys]
    }

    private func name(_ key: ThrottleKey) -> [UInt8] {
        var name = prefix
        name.append(hex: key.key.high)
        name.append(hex: key.key.low)
        return name
    }

    private func run(
        _ script: RedisScript, _ keys: [ThrottleKey], _ now: MonotonicTime
    ) throws(ThrottleUnavailable) -> RedisReply {
        do throws(RedisError) {
            return try client.wait(running: script) { command in
                command.append(Int64(keys.count))
                for key in keys { command.append(key: name(key)) }
                command.append(usesGivenTime ? now.nanoseconds / 1_000 : -1)
                for key in keys { command.append(Int64(key.free)) }
            }
        } catch { throw ThrottleUnavailable(error.description) }
    }
}

/// `ThrottleCounter` in Lua. A counter is three doubles: failures, when they were counted, until
/// when tries are refused.
private enum ThrottleScript {
    private static let clock = """
        local now = tonumber(ARGV[1])
        if now < 0 then
          local t = redis.call('TIME')
          now = t[1] * 1000000 + t[2]
        end

        """

    static let wait = RedisScript(
        clock + """
            local longest = 0
            for _, key in ipairs(KEYS) do
              local raw = redis.call('GET', key)
              if raw then
                local _, _, blocked = struct.unpack('<ddd', raw)
                local wait = math.min(blocked - now, 900000000)
                if wait > longest then longest = wait end
              end
            end
            return longest
            """)

    static let count = RedisScript(
        clock + """
            for index, key in ipairs(KEYS) do
              local failures, updated, blocked = 0, now, 0
              local raw = redis.call('GET', key)
              if raw then failures, updated, blocked = struct.unpack('<ddd', raw) end
              local halvings = math.max(0, now - updated) / 600000000
              while halvings >= 1 and failures > 0.01 do
                failures, halvings = failures / 2, halvings - 1
              end
              if failures <= 0.01 then
                failures = 0
              else
                failures = failures * (1 - halvings / 2)
              end
              failures = failures + 1
              local over = failures - tonumber(ARGV[index + 1])
              if over >= 0 then
                local doublings = math.floor(math.min(over, 20))
                blocked = now + math.min(1000000 * 2 ^ doublings, 900000000)
              end
              -- Faded to nothing after so many half-lives; one more for rounding.
              local lives = math.ceil(math.log(failures * 100) / math.log(2)) + 1
              local life = math.max(lives * 600000, (blocked - now) / 1000 + 1000)
              redis.call(
                'SET', key, struct.pack('<ddd', failures, now, blocked), 'PX', math.ceil(life))
            end
            return #KEYS
            """)
}
