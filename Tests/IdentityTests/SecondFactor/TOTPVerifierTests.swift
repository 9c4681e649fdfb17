import GatehouseCore
import GatehouseCrypto
import Testing

@testable import GatehouseIdentity

final class MemoryFactor: TOTPVerifier.ReplayStore, TOTPVerifier.AttemptLimiter {
    var kept = TOTPVerifier.State()
    var attempts = 0
    var loses = false

    func state() -> TOTPVerifier.State { kept }
    func advance(from current: TOTPVerifier.State, to next: TOTPVerifier.State) -> Bool {
        guard !loses, kept == current else { return false }
        kept = next
        return true
    }
    func admitAttempt() -> Bool {
        attempts += 1
        return attempts <= 5
    }
    func succeeded() { attempts = 0 }
}

@Suite struct TOTPVerifierTests {
    private let password = OneTimePassword(secret: Redacted(Array("12345678901234567890".utf8)))
    private let factor = MemoryFactor()

    private func code(at seconds: Int64) -> String {
        String(decoding: password.code(counter: UInt64(seconds / 30)), as: UTF8.self)
    }

    private func verify(_ code: String, at seconds: Int64) throws -> TOTPVerifier.Verdict {
        try TOTPVerifier().verify(
            code, with: password, replay: factor, limiter: factor, now: WallTime(seconds: seconds))
    }

    @Test func `refuses a code that was used, and every code before it`() throws {
        #expect(try verify(code(at: 60_000), at: 60_000) == .accepted)
        #expect(try verify(code(at: 60_000), at: 60_000) == .wrong)
        #expect(try verify(code(at: 60_000 - 30), at: 60_000) == .wrong)
        #expect(try verify(code(at: 60_030), at: 60_030) == .accepted)
    }

    @Test func `refuses a code that somebody else used at the same moment`() throws {
        factor.loses = true
        #expect(try verify(code(at: 60_000), at: 60_000) == .wrong)
    }

    @Test func `refuses codes outside one step, and what is no code`() throws {
        for text in [code(at: 60_000 - 61), code(at: 60_000 + 61), "", "12345"] {
            #expect(try verify(text, at: 60_000) == .wrong)
        }
    }

    @Test func `does not look at a code after too many attempts`() throws {
        for _ in 0..<5 { #expect(try verify("000000", at: 60_000) == .wrong) }
        #expect(try verify(code(at: 60_000), at: 60_000) == .limited)
        #expect(factor.kept == .init())
    }

    @Test func `follows a clock that is off, one step at a time`() throws {
        var ahead: Int64 = 0
        for turn in 1...3 {
            ahead += 30
            let now = 60_000 + Int64(turn) * 3_600
            #expect(try verify(code(at: now + ahead), at: now) == .accepted)
        }
        #expect(factor.kept.drift == 3)
        let now: Int64 = 600_000
        #expect(try verify(code(at: now + 90), at: now) == .accepted)
        #expect(try verify(code(at: now + 300), at: now + 40) == .wrong)
    }

    @Test func `takes spaces as apps show them`() throws {
        let text = code(at: 60_000)
        #expect(try verify("\(text.prefix(3)) \(text.suffix(3))", at: 60_000) == .accepted)
    }
}
