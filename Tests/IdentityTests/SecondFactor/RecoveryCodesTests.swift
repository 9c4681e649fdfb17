import GatehouseCore
import Testing

@testable import GatehouseIdentity

@Suite struct RecoveryCodesTests {
    private let key = Redacted([UInt8](repeating: 7, count: 32))

    @Test func `makes ten different codes that people can type`() {
        let codes = RecoveryCodes.make()
        #expect(Set(codes).count == 10)
        for code in codes {
            #expect(code.count == 14)
            #expect(RecoveryCodes.looksLikeCode(code))
            let typed = code.lowercased().replacing("-", with: " ")
            #expect(RecoveryCodes.hash(typed, key: key) == RecoveryCodes.hash(code, key: key))
        }
        #expect(RecoveryCodes.hash(codes[0], key: key) != RecoveryCodes.hash(codes[1], key: key))
        #expect(!RecoveryCodes.looksLikeCode("123456"))
    }
}
