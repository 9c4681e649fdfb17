import GatehouseCore
import GatehouseCrypto
import Testing

@Suite struct SealTests {
    private let seal: Seal
    private let place = Seal.Place(table: "accounts", column: "email", row: "7")

    init() throws { seal = try Seal(key: Redacted(Array(0..<32))) }

    @Test func `refuses a value moved to another row, column or table`() throws {
        let sealed = seal.seal(Array("alice".utf8), for: place)
        for other in [
            Seal.Place(table: "accounts", column: "email", row: "8"),
            Seal.Place(table: "accounts", column: "name", row: "7"),
            Seal.Place(table: "account", column: "semail", row: "7"),
        ] {
            #expect(throws: Seal.Broken.self) { try seal.open(sealed, for: other) }
        }
        #expect(try seal.open(sealed, for: place) == Array("alice".utf8))
    }

    @Test func `refuses every changed, missing or added byte`() throws {
        let sealed = seal.seal(Array("secret".utf8), for: place)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: Seal.Broken.self) { try seal.open(changed, for: place) }
        }
        for count in 0..<sealed.count {
            #expect(throws: Seal.Broken.self) {
                try seal.open(Array(sealed.prefix(count)), for: place)
            }
        }
        #expect(throws: Seal.Broken.self) { try seal.open(sealed + [0], for: place) }
    }

    @Test func `refuses another key, and keys of another length`() throws {
        let other = try Seal(key: Redacted(Array(1...32)))
        let sealed = seal.seal([], for: place)
        #expect(throws: Seal.Broken.self) { try other.open(sealed, for: place) }
        #expect(try seal.open(sealed, for: place).isEmpty)
        #expect(throws: KeyError.self) { try Seal(key: Redacted(Array(0..<16))) }
    }

    @Test func `never seals one value twice alike`() {
        let first = seal.seal([1, 2, 3], for: place)
        #expect(first != seal.seal([1, 2, 3], for: place))
    }

    @Test func `derives other keys for other purposes`() {
        let index = seal.derivedKey("email index").dangerouslyRevealed
        #expect(index.count == 32)
        #expect(index != seal.derivedKey("token hash").dangerouslyRevealed)
    }
}
