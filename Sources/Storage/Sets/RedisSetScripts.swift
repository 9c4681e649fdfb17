import GatehouseCore

/// How sets lie in Redis, and what is done to them there.
///
/// A set is a hash of records by member, and a sorted set of members by their end in milliseconds,
/// after which they are deleted. The hash's empty field holds the mark of its life: another mark,
/// or none, says that Redis forgot what it held.
struct RedisSetScripts: Sendable {
    /// Merges records: the same as `SetMember.merged`. A record that has ended counts as none.
    ///
    /// Numbers are compared as digits of equal length, since Lua's own are too short for them. The
    /// time that they are compared with is the gate's, which signs tokens by it; Redis' own clock
    /// takes part in nothing but deleting, which needs both to agree.
    ///
    /// KEYS: hash, ends. ARGV: channel, `g` or `l`, the message's head, the gate's time in digits
    /// and in milliseconds, then member, record and end of each. Returns the records in force.
    let insert = RedisScript(
        """
        local hash, ends = KEYS[1], KEYS[2]
        local channel, kind, head, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
        local results = {}
        for place = 6, #ARGV, 3 do
            local member, new, ending = ARGV[place], ARGV[place + 1], ARGV[place + 2]
            local old = redis.call('HGET', hash, member)
            local kept = new
            if old and string.sub(old, 18, 33) > now then
                if kind == 'l' then
                    if string.sub(old, 1, 33) >= string.sub(new, 1, 33) then kept = old end
                else
                    local winner = old
                    if string.sub(new, 1, 16) > string.sub(old, 1, 16) then winner = new end
                    local last = string.sub(old, 18, 33)
                    if string.sub(new, 18, 33) > last then last = string.sub(new, 18, 33) end
                    kept = string.sub(winner, 1, 16) .. '0' .. last .. string.sub(winner, 34)
                end
            end
            if kept ~= old then
                redis.call('HSET', hash, member, kept)
                if string.sub(kept, 18, 33) == string.sub(new, 18, 33) then
                    redis.call('ZADD', ends, ending, member)
                end
                redis.call('PUBLISH', channel, head .. string.char(#member - 1) .. member .. kept)
            end
            results[#results + 1] = kept
        end
        return results
        """)

    /// Deletes what has ended by both clocks, an hour ago, so that no difference of clocks deletes
    /// what counts; a part each time. Sends a beat to all; returns the marks.
    ///
    /// KEYS: hash and ends of each set. ARGV: channel, message, the gate's time in milliseconds.
    let beat = RedisScript(
        """
        local time = redis.call('TIME')
        local limit = math.min(tonumber(time[1]) * 1000, tonumber(ARGV[3])) - 3600000
        local marks = {}
        for place = 1, #KEYS, 2 do
            local old = redis.call(
                'ZRANGEBYSCORE', KEYS[place + 1], '-inf', string.format('%.0f', limit),
                'LIMIT', 0, 200)
            for _, member in ipairs(old) do
                redis.call('HDEL', KEYS[place], member)
                redis.call('ZREM', KEYS[place + 1], member)
            end
            marks[#marks + 1] = redis.call('HGET', KEYS[place], '') or ''
        end
        redis.call('PUBLISH', ARGV[1], ARGV[2])
        return marks
        """)

    /// Names hashes that have no mark yet; returns the marks.
    ///
    /// KEYS: hashes. ARGV: a new mark.
    let mark = RedisScript(
        """
        local marks = {}
        for place = 1, #KEYS do
            redis.call('HSETNX', KEYS[place], '', ARGV[1])
            marks[place] = redis.call('HGET', KEYS[place], '')
        end
        return marks
        """)

    let channel: String
    private let prefix: String

    /// - Parameter prefix: tells the keys of one cluster of gates from others' in the same Redis.
    init(prefix: String) {
        // The braces: all sets lie in one slot of a cluster, so that one script sees them all.
        self.prefix = prefix + "{sets}:"
        channel = prefix + "{sets}"
    }

    func hash(_ set: SetName) -> [UInt8] { Array("\(prefix)\(set)".utf8) }
    func ends(_ set: SetName) -> [UInt8] { Array("\(prefix)\(set):ends".utf8) }

    /// The arguments of `insert`.
    func fill(
        _ command: inout RedisCommand, _ members: some Collection<SetMember>, _ rules: SetRules,
        at now: WallTime
    ) {
        command.append(2)
        command.append(key: hash(rules.name))
        command.append(key: ends(rules.name))
        command.append(channel)
        switch rules.merge {
        case .growing: command.append("g")
        case .latest: command.append("l")
        }
        command.append(RedisSetMessage.head(rules.name))
        command.append(SetMember.digits(of: now))
        command.append(now.nanoseconds / 1_000_000)
        for member in members {
            command.append(member.name)
            command.append(member.record)
            // Rounded up: it must not be deleted before its end.
            command.append(member.until.adding(.nanoseconds(999_999)).nanoseconds / 1_000_000)
        }
    }
}

/// What goes over the channel.
enum RedisSetMessage: Equatable {
    case record(set: Int, SetMember)
    case beat([UInt8])

    private static let recordKind = UInt8(ascii: "r")
    private static let beatKind = UInt8(ascii: "b")

    /// The start of a record's message; the script appends the rest.
    static func head(_ set: SetName) -> [UInt8] {
        [recordKind, UInt8(set.description.utf8.count)] + Array(set.description.utf8)
    }

    static func beat(_ id: [UInt8]) -> [UInt8] { [beatKind] + id }

    /// Reads a message; nil for what is none, or of a set that this process does not know.
    init?(_ bytes: [UInt8], _ views: SetViews) {
        guard let kind = bytes.first else { return nil }
        switch kind {
        case Self.beatKind: self = .beat(Array(bytes.dropFirst()))
        case Self.recordKind:
            guard bytes.count > 2 else { return nil }
            let nameEnd = 2 + Int(bytes[1])
            guard nameEnd < bytes.count, let set = views.place(of: bytes[2..<nameEnd]) else {
                return nil
            }
            let memberEnd = nameEnd + 1 + Int(bytes[nameEnd]) + 1
            guard memberEnd <= bytes.count,
                let member = SetMember(
                    name: bytes[(nameEnd + 1)..<memberEnd], record: bytes[memberEnd...])
            else { return nil }
            self = .record(set: set, member)
        default: return nil
        }
    }
}
