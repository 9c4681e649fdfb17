/// The scripts that decide and settle inside Redis: one atomic step each.
///
/// Times are microseconds, and all numbers whole ones below 2⁵³, which Lua's doubles hold exactly.
/// What would need larger ones is prepared by the caller or divided in steps. States are packed:
/// they are exact and short. What a script answers is the state that it found; the caller derives
/// what is left and how long to wait by the same code that serves counters in memory.
enum CounterScript {
    /// Redis' own clock.
    static let decide = RedisScript(serverClock + common + decideBody)
    static let settle = RedisScript(serverClock + common + settleBody)
    /// The caller's clock, for tests: the first argument. Keys then stay for longer, since Redis
    /// lets them go by its own.
    static let decideAtGivenTime = RedisScript(givenClock + common + decideBody)
    static let settleAtGivenTime = RedisScript(givenClock + common + settleBody)

    static let serverClock = """
        local t = redis.call('TIME')
        local now, base, slack = t[1] * 1000000 + t[2], 0, 1000

        """

    static let givenClock = """
        local now, base, slack = tonumber(ARGV[1]), 1, 600000

        """

    /// What most scripts need.
    static let helpers = """
        local call = redis.call
        local function ttl(us) return math.floor((us + 999) / 1000) + slack end
        local function at(key, index) return tonumber(call('LINDEX', key, index)) end

        """

    static let logHelpers = """
        -- Units in a log, how many of them no longer count, and the log's own time.
        local function log(key, window)
          local length = call('LLEN', key)
          if length == 0 then return 0, 0, now end
          local newest = at(key, -1)
          local when = newest > now and newest or now
          local cutoff = when - window
          if at(key, 0) > cutoff then return length, 0, when end
          if newest <= cutoff then return length, length, when end
          local low, high = 1, 1
          while high < length - 1 and at(key, high) <= cutoff do
            low, high = high + 1, high * 2
          end
          if high > length - 1 then high = length - 1 end
          while low < high do
            local middle = math.floor((low + high) / 2)
            if at(key, middle) <= cutoff then low = middle + 1 else high = middle end
          end
          return length, low, when
        end
        local function note(key, length, expired, when, count, window)
          if expired > 0 then
            if expired == length then call('DEL', key) else call('LTRIM', key, expired, -1) end
          end
          if count == 1 then
            call('RPUSH', key, when)
          else
            local left = count
            while left > 0 do
              local part = {}
              for index = 1, left < 5000 and left or 5000 do part[index] = when end
              call('RPUSH', key, unpack(part))
              left = left - #part
            end
          end
          call('PEXPIRE', key, ttl(when + window - now))
        end

        """

    static let counterHelpers = """
        -- count * part / whole, rounded up; the product may exceed 2^53.
        local function share(count, part, whole)
          if count == 0 or part <= 0 then return 0 end
          local product = count * part
          local quotient, rest = 0, 0
          if product < 9007199254740992 then
            rest = math.fmod(product, whole)
            quotient = (product - rest) / whole
          else
            for shift = 24, 0, -8 do
              local digit = math.floor(count / 2 ^ shift)
              count = count - digit * 2 ^ shift
              rest = rest * 256 + digit * part
              local left = math.fmod(rest, whole)
              quotient = quotient * 256 + (rest - left) / whole
              rest = left
            end
          end
          return rest > 0 and quotient + 1 or quotient
        end
        -- When the window opened, what was taken in it and in the one before.
        local function counter(raw, window)
          if not raw then return now, 0, 0 end
          local start, current, previous = struct.unpack('<dI4I4', raw)
          local age = now - start
          if age >= window and (current == 0 or age - window >= window)
            or current + previous == 0 then return now, 0, 0 end
          if age >= window then return start + window, 0, current end
          return start, current, previous
        end

        """

    /// What the scripts for all cases need: the states as they are now.
    private static let common =
        helpers + logHelpers + counterHelpers + """
            local pack, unpack = struct.pack, struct.unpack
            local function fixed(raw, window)
              if not raw then return now, 0 end
              local start, count = unpack('<dI4', raw)
              if count == 0 or now - window >= start then return now, 0 end
              return start, count
            end
            -- What a client of the even pace owes: microseconds, and parts of one.
            local function owed(raw)
              if not raw then return 0, 0 end
              local arrival, fraction = unpack('<dd', raw)
              if arrival < now then return 0, 0 end
              return arrival - now, fraction
            end
            local function owe(key, us, parts)
              call('SET', key, pack('<dd', now + us, parts), 'PX', ttl(us + 1))
            end

            """

    /// KEYS: a counter each. ARGV: for each, its packed `CounterArgument`.
    private static let decideBody = """
        local items, all = {}, 1
        for i = 1, #KEYS do
          local key, argument = KEYS[i], ARGV[base + i]
          local kind, flags, cost, bulk, quota, window = unpack('<BBdddd', argument)
          local item = {kind = kind, window = window, quota = quota, s1 = 0, s2 = 0, s3 = 0}
          local asked = cost > 0 and cost or 1
          local left
          if kind == 3 then
            local mu, mp, iu, ip, bmu, bmp, biu, bip = unpack('<dddddddd', argument, 35)
            local raw = call('GET', key)
            local ou, op = owed(raw)
            item.ou, item.op = ou, op
            if raw then item.s1, item.s2 = unpack('<dd', raw) end
            item.fits = ou < mu or ou == mu and op <= mp
            item.iu, item.ip = iu, ip
            if bulk > cost and (ou < bmu or ou == bmu and op <= bmp) then
              item.iu, item.ip, cost = biu, bip, bulk
            end
          elseif kind == 1 then
            local length, expired, when = log(key, window)
            local live = length - expired
            left = quota - live
            item.length, item.expired, item.when = length, expired, when
            item.s1 = live
            if live > 0 then item.s2 = at(key, expired) end
            if asked > left and asked <= quota then item.s3 = at(key, expired + asked - left - 1) end
          elseif kind == 2 then
            local start, current, previous = counter(call('GET', key), window)
            item.s1, item.s2, item.s3 = start, current, previous
            local passed = now > start and now - start or 0
            left = quota - current - share(previous, window - passed, window)
          else
            local start, count = fixed(call('GET', key), window)
            item.s1, item.s2 = start, count
            left = quota - count
          end
          if left then
            item.fits = asked <= left
            if bulk > cost and item.fits then cost = bulk < left and bulk or left end
          end
          item.cost = cost
          item.looks = flags >= 2
          if not item.fits and flags % 2 == 0 then all = 0 end
          items[i] = item
        end
        local out = {pack('<dB', now, all)}
        for i = 1, #KEYS do
          local key, item = KEYS[i], items[i]
          local cost, moment = item.cost, -1
          if all == 1 and item.fits and cost > 0 and not item.looks then
            if item.kind == 3 then
              local us, parts = item.ou + item.iu, item.op + item.ip
              if parts >= item.quota then us, parts = us + 1, parts - item.quota end
              owe(key, us, parts)
              moment = now + us + (parts > 0 and 1 or 0)
            elseif item.kind == 1 then
              note(key, item.length, item.expired, item.when, cost, item.window)
              moment = item.when
            elseif item.kind == 2 then
              call('SET', key, pack('<dI4I4', item.s1, item.s2 + cost, item.s3),
                'PX', ttl(item.s1 + 2 * item.window - now))
              moment = now > item.s1 and now or item.s1
            else
              call('SET', key, pack('<dI4', item.s1, item.s2 + cost),
                'PX', ttl(item.s1 + item.window - now))
              moment = now > item.s1 and now or item.s1
            end
          else
            cost = 0
          end
          out[i + 1] = pack('<Bddddd', item.fits and 1 or 0, moment, cost, item.s1, item.s2, item.s3)
        end
        return table.concat(out)
        """

    /// KEYS: a counter each. ARGV: for each, its packed `CounterSettlement`.
    private static let settleBody = """
        for i = 1, #KEYS do
          local key = KEYS[i]
          local kind, amount, moment, quota, window, au, ap, mu, mp =
            unpack('<Bdddddddd', ARGV[base + i])
          if kind == 1 then
            if amount > 0 then
              local length, expired, when = log(key, window)
              local room = 2 * quota - (length - expired)
              if amount > room then amount = room end
              if amount > 0 then note(key, length, expired, when, amount, window) end
            elseif call('LLEN', key) > 0 and at(key, 0) <= moment then
              call('LREM', key, amount, moment)
            end
          else
            local raw = call('GET', key)
            if kind == 3 then
              local ou, op = owed(raw)
              if amount > 0 then
                if ou < mu or ou == mu and op <= mp then
                  local us, parts = ou + au, op + ap
                  if parts >= quota then us, parts = us + 1, parts - quota end
                  if us > mu or us == mu and parts > mp then us, parts = mu, mp end
                  owe(key, us, parts)
                end
              elseif raw and moment > now then
                local queued = moment - now
                if au > queued or au == queued and ap > 0 then au, ap = queued, 0 end
                if ou < au or ou == au and op <= ap then
                  call('DEL', key)
                else
                  local us, parts = ou - au, op - ap
                  if parts < 0 then us, parts = us - 1, parts + quota end
                  owe(key, us, parts)
                end
              end
            elseif amount > 0 and kind == 2 then
              local start, current, previous = counter(raw, window)
              local room = 2 * quota - current
              if amount > room then amount = room end
              if amount > 0 then
                call('SET', key, pack('<dI4I4', start, current + amount, previous),
                  'PX', ttl(start + 2 * window - now))
              end
            elseif amount > 0 then
              local start, count = fixed(raw, window)
              local room = 2 * quota - count
              if amount > room then amount = room end
              call('SET', key, pack('<dI4', start, count + amount),
                'PX', ttl(start + window - now))
            elseif raw and kind == 2 then
              local start, current, previous = unpack('<dI4I4', raw)
              if moment >= start then
                current = current + amount
                if current < 0 then current = 0 end
              elseif moment >= start - window then
                previous = previous + amount
                if previous < 0 then previous = 0 end
              end
              call('SET', key, pack('<dI4I4', start, current, previous), 'KEEPTTL')
            elseif raw then
              local start, count = unpack('<dI4', raw)
              if moment >= start then
                count = count + amount
                if count < 0 then count = 0 end
                call('SET', key, pack('<dI4', start, count), 'KEEPTTL')
              end
            end
          end
        end
        return redis.status_reply('OK')
        """
}
