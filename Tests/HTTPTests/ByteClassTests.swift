import GatehouseCore
import Testing

@testable import GatehouseHTTP

@Suite struct ByteClassTests {
    @Test func `derives the table from the grammars`() {
        let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        let classes: [(UInt8, Set<UInt8>)] = [
            (ByteClass.token, letters.union("!#$%&'*+-.^_`|~".utf8)),
            (ByteClass.path, letters.union("-._~!$&'()*+,=:@".utf8)),
            (ByteClass.host, letters.union("-_".utf8)),
            (ByteClass.unreserved, letters.union("-._~".utf8)),
        ]
        for byte in UInt8.min...UInt8.max {
            for (byteClass, members) in classes {
                #expect(byte.isIn(byteClass) == members.contains(byte), "\(byte)")
            }
        }
    }

    @Test func `finds bytes at every place and alignment`() {
        for length in 0..<40 {
            for byte in UInt8.min...UInt8.max {
                var bytes = [UInt8](repeating: 0x61, count: length)
                if length > 0 { bytes[length * 7 / 11] = byte }
                #expect(fast(bytes) == slow(bytes))
            }
        }
    }

    private func fast(_ bytes: [UInt8]) -> [Int] {
        let end = bytes.count
        let control = bytes.raw.firstControl(from: 0, to: end)
        let invisible = bytes.raw.firstInvisible(from: 0, to: end)
        let colon = bytes.raw.firstColon(from: 0, to: end)
        return [control, invisible, colon]
    }

    private func slow(_ bytes: [UInt8]) -> [Int] {
        let control = bytes.firstIndex { $0 < 0x20 || $0 == 0x7F }
        let invisible = bytes.firstIndex { $0 <= 0x20 || $0 >= 0x7F }
        let colon = bytes.firstIndex(of: 0x3A)
        return [control, invisible, colon].map { $0 ?? bytes.count }
    }

    @Test func `stops at a load out of bounds`() async {
        await #expect(processExitsWith: .failure) {
            let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
            print(bytes.raw.word(1))
        }
        await #expect(processExitsWith: .failure) {
            let bytes: [UInt8] = [1]
            print(bytes.raw.byte(-1))
        }
    }

    @Test func `folds the case of letters alone`() {
        for byte in UInt8.min...UInt8.max {
            let word = UInt64(byte) &* 0x0101_0101_0101_0101
            let folded = UInt64(byte.asciiLowercased) &* 0x0101_0101_0101_0101
            #expect(word.asciiLowercased == folded)
        }
    }

    @Test func `knows every known name in any case and nothing else`() {
        for (id, name) in KnownFields.names.enumerated() {
            for text in [
                name.description, name.description.lowercased(), name.description.uppercased(),
            ] {
                #expect(self.id(text) == UInt8(id))
                // In the middle of other bytes the answer is the same.
                let padded = Array("xxxxxxxx\(text)xxxxxxxx".utf8)
                let count = text.utf8.count
                #expect(self.id(padded, at: 8, count: count) == UInt8(id))
                #expect(self.id(text + "x") == FieldName.unknown)
            }
        }
        for text in ["", "a", "Hos", "Hosts", "h\u{4f}st\u{0}", String(repeating: "a", count: 64)] {
            #expect(self.id(text) == FieldName.unknown)
        }
        let high = "Host".utf8.map { $0 | 0x80 }
        #expect(id(high, at: 0, count: 4) == FieldName.unknown)
    }

    private func id(_ name: String) -> UInt8 {
        let bytes = Array(name.utf8)
        return KnownFields.id(of: bytes.raw)
    }

    private func id(_ bytes: [UInt8], at start: Int, count: Int) -> UInt8 {
        KnownFields.table.id(in: bytes.raw, at: start, count: count)
    }
}
