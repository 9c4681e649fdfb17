/// The usual case, one counter that takes what it is asked for: scripts of their own for each
/// algorithm, which need a third of the time of the one for all cases. They answer the same.
extension CounterScript {
    /// By `CounterArithmetic.kind`.
    static func decideOne(kind: UInt8, atGivenTime: Bool) -> RedisScript {
        (atGivenTime ? onesAtGivenTime : ones)[Int(kind) - 1]
    }

    private static let ones = bodies.map { RedisScript(serverClock + $0 + answer) }
    private static let onesAtGivenTime = bodies.map { RedisScript(givenClock + $0 + answer) }
    private static let bodies = [
        arguments + helpers + logHelpers + log, arguments + counterHelpers + counter,
        pace, arguments + fixed,
    ]

    /// KEYS[1]: the counter. ARGV: cost, quota, window.
    private static let arguments = """
        local key, call = KEYS[1], redis.call
        local cost, quota = tonumber(ARGV[base + 1]), tonumber(ARGV[base + 2])
        local window = tonumber(ARGV[base + 3])
        local asked = cost > 0 and cost or 1
        local moment = -1

        """

    private static let answer = """
        return struct.pack('<dBBddddd', now, fits and 1 or 0, fits and 1 or 0, moment,
          moment < 0 and 0 or cost, s1, s2, s3)
        """

    private static let log = """
        local length, expired, when = log(key, window)
        local s1, s2, s3 = length - expired, 0, 0
        local left = quota - s1
        local fits = asked <= left
        if s1 > 0 then s2 = at(key, expired) end
        if not fits and asked <= quota then s3 = at(key, expired + asked - left - 1) end
        if fits and cost > 0 then
          note(key, length, expired, when, cost, window)
          moment = when
        end

        """

    private static let counter = """
        local s1, s2, s3 = counter(call('GET', key), window)
        local used = s2
        if s3 > 0 then used = used + share(s3, window - (now > s1 and now - s1 or 0), window) end
        local fits = asked <= quota - used
        if fits and cost > 0 then
          call('SET', key, struct.pack('<dI4I4', s1, s2 + cost, s3), 'PX',
            math.floor((s1 + 2 * window - now + 999) / 1000) + slack)
          moment = now > s1 and now or s1
        end

        """

    private static let fixed = """
        local raw, s1, s2, s3 = call('GET', key), now, 0, 0
        if raw then
          s1, s2 = struct.unpack('<dI4', raw)
          if s2 == 0 or now - window >= s1 then s1, s2 = now, 0 end
        end
        local fits = asked <= quota - s2
        if fits and cost > 0 then
          call('SET', key, struct.pack('<dI4', s1, s2 + cost), 'PX',
            math.floor((s1 + window - now + 999) / 1000) + slack)
          moment = now > s1 and now or s1
        end

        """

    /// KEYS[1]: the counter. ARGV: cost, quota; the most that may be owed, and what is added to it:
    /// microseconds, and parts of one.
    private static let pace = """
        local key, call = KEYS[1], redis.call
        local cost, quota = tonumber(ARGV[base + 1]), tonumber(ARGV[base + 2])
        local mu, mp = tonumber(ARGV[base + 3]), tonumber(ARGV[base + 4])
        local raw, moment = call('GET', key), -1
        local s1, s2, s3, us, parts = 0, 0, 0, 0, 0
        if raw then
          s1, s2 = struct.unpack('<dd', raw)
          if s1 >= now then us, parts = s1 - now, s2 end
        end
        local fits = us < mu or us == mu and parts <= mp
        if fits and cost > 0 then
          us, parts = us + ARGV[base + 5], parts + ARGV[base + 6]
          if parts >= quota then us, parts = us + 1, parts - quota end
          call('SET', key, struct.pack('<dd', now + us, parts), 'PX',
            math.floor((us + 1000) / 1000) + slack)
          moment = now + us + (parts > 0 and 1 or 0)
        end

        """
}
