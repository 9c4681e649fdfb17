import GatehouseCore
import Testing

@testable import GatehouseStorage

/// What decides without a server.
@Suite struct CircuitBreakerTests {
    private static func at(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds * 1_000_000_000))
    }

    private static func breaker() -> CircuitBreaker {
        var settings = CircuitBreaker.Settings()
        settings.failuresMax = 3
        settings.window = .seconds(10)
        settings.openFirst = .seconds(1)
        settings.openMax = .seconds(3)
        settings.trialMax = .seconds(5)
        return CircuitBreaker(settings)
    }

    @Test func `opens after so many failures in its window, not after old ones`() {
        var breaker = Self.breaker()
        breaker.failed(at: Self.at(0))
        breaker.failed(at: Self.at(5))
        breaker.failed(at: Self.at(10))
        #expect(breaker.state == .closed)
        #expect(breaker.admit(at: Self.at(10)) == .pass)
        breaker.failed(at: Self.at(11))
        #expect(breaker.state == .open)
        #expect(breaker.admit(at: Self.at(11.9)) == .refuse)
    }

    @Test func `lets one try once it was open, and waits longer each time that fails`() {
        var breaker = Self.breaker()
        for _ in 0..<3 { breaker.failed(at: Self.at(0)) }
        #expect(breaker.admit(at: Self.at(1)) == .trial)
        #expect(breaker.state == .halfOpen)
        #expect(breaker.admit(at: Self.at(1)) == .refuse)
        breaker.failed(at: Self.at(1))
        #expect(breaker.admit(at: Self.at(2.9)) == .refuse)
        #expect(breaker.admit(at: Self.at(3)) == .trial)
        breaker.failed(at: Self.at(3))
        // Four seconds would be next, but three are the most.
        #expect(breaker.admit(at: Self.at(5.9)) == .refuse)
        #expect(breaker.admit(at: Self.at(6)) == .trial)
        breaker.succeeded()
        #expect(breaker.state == .closed)
        for _ in 0..<3 { breaker.failed(at: Self.at(7)) }
        #expect(breaker.admit(at: Self.at(8)) == .trial)
    }

    @Test func `a trial without an outcome does not block the next one for good`() {
        var breaker = Self.breaker()
        for _ in 0..<3 { breaker.failed(at: Self.at(0)) }
        #expect(breaker.admit(at: Self.at(1)) == .trial)
        #expect(breaker.admit(at: Self.at(5.9)) == .refuse)
        #expect(breaker.admit(at: Self.at(6)) == .trial)
    }

    @Test func `late failures and successes of an open breaker change nothing`() {
        var breaker = Self.breaker()
        for _ in 0..<3 { breaker.failed(at: Self.at(0)) }
        let open = breaker
        breaker.failed(at: Self.at(0.5))
        breaker.succeeded()
        #expect(breaker == open)
    }

    @Test func `waits between two tries double, spread, and have a bound`() {
        var random = SeededGenerator(seed: 1)
        var backoff = RedisBackoff(first: .milliseconds(50), longest: .seconds(2))
        var whole = Duration.milliseconds(50)
        for _ in 0..<100 {
            let wait = backoff.next(using: &random)
            #expect(wait >= whole / 2 && wait <= whole)
            whole = min(whole * 2, .seconds(2))
        }
        backoff.reset()
        #expect(backoff.next(using: &random) <= .milliseconds(50))
    }
}

@Suite struct RedisConfigurationTests {
    @Test(arguments: [
        "", "redis", "http://h", "redis://", "redis://h:0", "redis://h:65536", "redis://h:x",
        "redis://a,b", "redis://user@h", "redis://:@h", "redis://:p%2@h", "redis://:p%zz@h",
        "redis://:p%00@h", "redis://:p%ff@h", "redis://:p/w@h", "redis://h/x", "redis://h/-1",
        "redis://h/0?a=b", "redis://h/0?master=m", "redis+sentinel://h", "redis+cluster://h/1",
        "redis+sentinel://h?master=", "redis+unix://h", "rediss+unix:///s", "redis://[::1",
        "redis://[::1]x", "redis://::1:1:", "redis://h?a", "redis://h/1/2", "redis://h h",
        "redis+sentinel://h,?master=m", "redis+unix:///s?database=0&database=1",
    ])
    func `refuses what can be no address, without repeating it`(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try RedisConfiguration(url: text) }
        #expect(text.count < 8 || error?.description.contains(text) == false)
    }

    @Test func `reads servers, users, databases and encryption`() throws {
        let plain = try RedisConfiguration(url: "redis://cache.example")
        #expect(plain.layout == .single(.tcp(host: "cache.example", port: 6_379)))
        #expect(plain.credentials == nil && plain.encryption == nil && plain.database == 0)
        let full = try RedisConfiguration(url: "rediss://gate:p%40s%2Fs@[2001:db8::1]:7000/5")
        #expect(full.layout == .single(.tcp(host: "2001:db8::1", port: 7_000)))
        #expect(full.credentials == .init(user: "gate", password: Redacted("p@s/s")))
        #expect(full.database == 5 && full.encryption == .init())
        #expect(!"\(full)".contains("p@s/s"))
        let sentinel = try RedisConfiguration(
            url: "rediss+sentinel://:p@one,two:7/2?master=main")
        #expect(
            sentinel.layout
                == .sentinel(
                    [.tcp(host: "one", port: 26_379), .tcp(host: "two", port: 7)], master: "main"))
        #expect(sentinel.encryption != nil && sentinel.database == 2)
        let cluster = try RedisConfiguration(url: "redis+cluster://a:1,b:2")
        #expect(
            cluster.layout == .cluster([.tcp(host: "a", port: 1), .tcp(host: "b", port: 2)]))
        let path = try RedisConfiguration(url: "redis+unix://:p@/run/redis.sock?database=3")
        #expect(path.layout == .single(.socket(path: "/run/redis.sock")) && path.database == 3)
    }
}

@Suite struct RedisReplyReaderTests {
    private static func read(
        _ text: String, bytesMax: Int = 1 << 20
    ) throws(RedisError) -> [RedisReply] {
        let reader = RedisReplyReader(bytesMax: bytesMax)
        var replies: [RedisReply] = []
        let bytes = Array(text.utf8)
        try unsafe reader.feed(bytes.span.bytes)
        while let reply = try reader.next() { replies.append(reply) }
        return replies
    }

    @Test(arguments: [
        "!x\r\n", "x", ":1a\r\n", ":99999999999999999999\r\n", "$-2\r\n", "$x\r\n", "*-2\r\n",
        "*99999999999\r\n", "*2000000\r\n", "%1\r\n+a\r\n+b\r\n",
        String(repeating: "*1\r\n", count: 12), String(repeating: "*500000\r\n", count: 4),
    ])
    func `refuses what is no reply, or announces too much`(text: String) {
        #expect(throws: RedisError.self) { try Self.read(text) }
    }

    @Test func `refuses a reply that grows beyond its bound`() {
        let endless = "$900000000\r\n" + String(repeating: "a", count: 5_000)
        #expect(throws: RedisError.malformed("a reply that is too large")) {
            try Self.read(endless, bytesMax: 4_096)
        }
    }

    @Test func `random bytes are refused or read, and nothing worse`() {
        var random = SeededGenerator(seed: 7)
        let alphabet = Array("+-:$*0123456789\r\n\r\nab".utf8)
        var (read, refused) = (0, 0)
        for _ in 0..<20_000 {
            let text = (0..<random.below(40)).map { _ in
                alphabet[Int(random.below(Int64(alphabet.count)))]
            }
            do throws(RedisError) {
                read += try Self.read(String(decoding: text, as: UTF8.self)).count
            } catch { refused += 1 }
        }
        print("20000 texts, seed 7: \(read) replies, \(refused) refused")
        #expect(read > 30 && refused > 1_000)
    }

    @Test func `replies are the same in whatever pieces they come`() throws {
        let text = "+OK\r\n-WRONGPASS x\r\n:-42\r\n$3\r\na\r\n\r\n$-1\r\n*2\r\n*0\r\n$0\r\n\r\n"
        let whole = try Self.read(text)
        #expect(
            whole == [
                .status("OK"), .error(RedisServerError(code: "WRONGPASS")), .integer(-42),
                .bytes(Array("a\r\n".utf8)), .null, .array([.array([]), .bytes([])]),
            ])
        let reader = RedisReplyReader(bytesMax: 1_000)
        var pieces: [RedisReply] = []
        for byte in text.utf8 {
            let piece = [byte]
            try unsafe reader.feed(piece.span.bytes)
            while let reply = try reader.next() { pieces.append(reply) }
        }
        #expect(pieces == whole)
    }

    @Test func `an error keeps its code and never its sentence`() {
        let moved = RedisServerError(Array("MOVED 3999 127.0.0.1:6381".utf8))
        #expect(moved.redirection?.slot == 3_999 && moved.redirection?.port == 6_381)
        #expect(moved.redirection?.host == "127.0.0.1" && moved.redirection?.isLasting == true)
        let ask = RedisServerError(Array("ASK 1 ::1:7".utf8))
        #expect(ask.redirection?.host == "::1" && ask.redirection?.isLasting == false)
        for text in ["MOVED", "MOVED x y", "MOVED 99999 a:1", "MOVED 1 a", "ASK 1 a:0"] {
            #expect(RedisServerError(Array(text.utf8)).redirection == nil)
        }
        let secret = RedisServerError(Array("secret-value is no command".utf8))
        #expect(secret.code == "ERR" && !"\(secret) \(secret.error)".contains("secret"))
    }

    @Test func `slots are those of the specification`() {
        func slot(_ key: String) -> Int { RedisSlot.of(ArraySlice(key.utf8)) }
        #expect(slot("123456789") == 0x31C3 & 0x3FFF)
        #expect(slot("foo") == 12_182)
        #expect(slot("{user1000}.following") == slot("{user1000}.followers"))
        #expect(slot("foo{}{bar}") != slot("bar"))
        #expect(slot("foo{{bar}}zap") == slot("{bar"))
        #expect(slot("foo{bar}{zap}") == slot("bar"))
    }
}
