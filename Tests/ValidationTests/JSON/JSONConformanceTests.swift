import Foundation
import GatehouseCore
import GatehouseValidation
import Testing

private let folder =
    (ProcessInfo.processInfo.environment["GATEHOUSE_CONFORMANCE"] ?? "../shared/conformance")
    + "/json-parsing/test_parsing"

/// nst/JSONTestSuite: `y_` must be read, `n_` refused, `i_` either.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: folder)))
struct JSONConformanceTests {
    /// RFC 8259 lets a reader take two members of one name; we don't, since readers disagree.
    private static let stricter: Set<String> = [
        "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
    ]

    @Test func `agrees with the suite`() throws {
        var counts = ["y": 0, "n": 0, "i": 0]
        var tape = JSONTape()
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            let kind = String(name.prefix(1))
            guard counts[kind] != nil, name.hasSuffix(".json") else { continue }
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            let isRead = reads([UInt8](data), with: &tape)
            counts[kind, default: 0] += 1
            if kind == "y" { #expect(isRead != Self.stricter.contains(name), "\(name)") }
            if kind == "n" { #expect(!isRead, "\(name)") }
        }
        #expect(counts == ["y": 95, "n": 188, "i": 35])
        print("JSONTestSuite: \(counts) cases, \(Self.stricter.count) stricter")
    }

    private func reads(_ bytes: [UInt8], with tape: inout JSONTape) -> Bool {
        do throws(JSONError) {
            _ = try tape.parse(bytes.raw)
            return true
        } catch { return false }
    }
}
