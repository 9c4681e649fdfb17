import Foundation
import GatehouseCore
import Testing

@testable import GatehouseValidation

private let folder =
    (ProcessInfo.processInfo.environment["GATEHOUSE_CONFORMANCE"] ?? "../shared/conformance")
    + "/json-schema"

@Suite struct FormatTests {
    @Test(.enabled(if: FileManager.default.fileExists(atPath: folder)))
    func `agrees with JSON Schema's format cases`() throws {
        var count = 0
        for draft in ["draft2020-12", "draft7"] {
            for format in Format.allCases {
                let path = "\(folder)/\(draft)/optional/format/\(format.rawValue).json"
                guard let data = FileManager.default.contents(atPath: path) else { continue }
                for text in try texts(data) {
                    count += 1
                    #expect(format.accepts(text.0) == text.1, "\(draft) \(format): \(text.2)")
                }
            }
        }
        #expect(count > 800)
        print("formats: \(count) texts of the suite")
    }

    private func texts(_ data: Data) throws -> [(String, Bool, String)] {
        let groups = try #require(JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        return groups.flatMap { $0["tests"] as? [[String: Any]] ?? [] }.compactMap { test in
            guard let text = test["data"] as? String, let isValid = test["valid"] as? Bool else {
                return nil
            }
            return (text, isValid, "\(test["description"] ?? "")")
        }
    }

    @Test func `refuses Base64 that another text could stand for`() {
        for text in ["YQ", "YR==", "YWJ=", "Y", "YQ===", "=", "Y-==", "YQ==\n", "====", "YQ==YQ=="]
        {
            #expect(!Format.base64.accepts(text), "\(text)")
        }
        for text in ["", "YQ==", "YWI=", "YWJj", "+/+/"] { #expect(Format.byte.accepts(text)) }
        for text in ["YQ==", "YR", "+/", "Y"] { #expect(!Format.base64url.accepts(text)) }
        for text in ["", "YQ", "-_-_"] { #expect(Format.base64url.accepts(text)) }
    }

    @Test(arguments: Format.allCases)
    func `answers broken UTF-8 and every byte without stopping`(_ format: Format) {
        for byte: UInt8 in 0...255 {
            _ = format.accepts([byte].raw)
            for lead: [UInt8] in [[0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x90], Array("a@".utf8)] {
                _ = format.accepts((lead + [byte]).raw)
                _ = format.accepts(([byte] + lead).raw)
            }
        }
    }
}
