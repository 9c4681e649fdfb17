import Foundation
import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct ContentCodingTests {
    /// `hello` by gzip(1), zlib and brotli(1).
    private static let samples: [(ContentCoding, String)] = [
        (.gzip, "H4sIAAAAAAACA8tIzcnJBwCGphA2BQAAAA=="),
        (.deflate, "eJzLSM3JyQcABiwCFQ=="),
        (.brotli, "DwKAaGVsbG8D"),
    ]

    private func bytes(_ base64: String) throws -> [UInt8] {
        [UInt8](try #require(Data(base64Encoded: base64)))
    }

    @Test func `refuses what is broken, cut short, or goes on`() throws {
        for (coding, text) in Self.samples {
            let good = try bytes(text)
            for count in 0..<good.count {
                #expect(throws: ContentCoding.Failure.malformed, "\(coding) \(count)") {
                    try coding.decode(Array(good.prefix(count)), bytesMax: 100)
                }
            }
            #expect(throws: ContentCoding.Failure.malformed) {
                try coding.decode(good + [0], bytesMax: 100)
            }
            #expect(throws: ContentCoding.Failure.self) {
                try coding.decode(Array("hello hello hello".utf8), bytesMax: 100)
            }
        }
        var flipped = try bytes(Self.samples[0].1)
        flipped[flipped.count - 6] ^= 1
        #expect(throws: ContentCoding.Failure.malformed) {
            try ContentCoding.gzip.decode(flipped, bytesMax: 100)
        }
    }

    @Test func `stops at the limit, and takes exactly that`() throws {
        for (coding, text) in Self.samples {
            let good = try bytes(text)
            #expect(try coding.decode(good, bytesMax: 5) == Array("hello".utf8))
            #expect(throws: ContentCoding.Failure.tooLarge) {
                try coding.decode(good, bytesMax: 4)
            }
        }
        let bomb = Inflation.deflate([UInt8](repeating: 0, count: 50 << 20))
        #expect(bomb.count < 100_000)
        #expect(throws: ContentCoding.Failure.tooLarge) {
            try ContentCoding.deflate.decode(bomb, bytesMax: 1 << 20)
        }
    }

    @Test func `knows a coding by its name alone`() {
        for name in ["identity", "gzip, br", "compress", "", "gzip;q=1", "zstd"] {
            let field = Array(name.utf8)
            #expect(ContentCoding(field.raw) == nil, "\(name)")
        }
        let field = Array("GZIP".utf8)
        #expect(ContentCoding(field.raw) == .gzip)
    }
}
