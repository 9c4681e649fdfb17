import GatehouseCore
import Testing

@testable import GatehouseIdentity

@Suite struct HOTPVerifierTests {
    private let password = OneTimePassword(secret: Redacted(Array("12345678901234567890".utf8)))
    private let factor = MemoryFactor()

    private func verify(_ code: String) throws -> TOTPVerifier.Verdict {
        try HOTPVerifier().verify(code, with: password, replay: factor, limiter: factor)
    }

    private func code(_ counter: UInt64) -> String {
        String(decoding: password.code(counter: counter), as: UTF8.self)
    }

    @Test func `refuses a code that was used, and every code that it left behind`() throws {
        #expect(try verify(code(0)) == .accepted)
        #expect(try verify(code(0)) == .wrong)
        #expect(try verify(code(3)) == .accepted)
        #expect(try verify(code(1)) == .wrong)
        #expect(try verify(code(2)) == .wrong)
    }

    @Test func `follows a token whose button was pressed, but not far`() throws {
        let far = HOTPVerifier.lookAhead + 1
        #expect(try verify(code(UInt64(far))) == .wrong)
        #expect(try verify(code(UInt64(far - 1))) == .accepted)
        #expect(factor.kept.lastStep == far - 1)
    }

    @Test func `refuses what somebody else used at once, what is no code, and too many tries`()
        throws
    {
        factor.loses = true
        #expect(try verify(code(0)) == .wrong)
        factor.loses = false
        for text in ["", "12345", "75522a", "0000000"] { #expect(try verify(text) == .wrong) }
        #expect(try verify(code(0)) == .limited)
        #expect(factor.kept == .init())
    }
}
