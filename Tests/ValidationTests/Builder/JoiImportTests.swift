import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct JoiImportTests {
    private func compile(
        _ text: String, _ options: JoiSchema.Options = .init()
    ) throws -> CompiledSchema {
        var tape = JSONTape()
        let bytes = Array(text.utf8)
        return try JoiSchema.compile(try tape.parse(bytes.raw), options: options)
    }

    @Test(arguments: [
        (#"{"type":"money"}"#, "type money is not known"),
        (#"{"type":"string","rules":[{"name":"colour"}]}"#, "rule colour is not known"),
        (#"{"type":"string","rules":[{"name":"pattern","args":{"regex":"/(/"}}]}"#, "pattern"),
        (#"{"type":"number","flags":{"error":{}}}"#, "is not known"),
        (#"{"type":"any","externals":[{}]}"#, "is not known"),
        (#"{"type":"number","flags":{"magic":1}}"#, "is not known"),
        (#"{"type":"object","keys":{"a":{"type":"link"}}}"#, "leads nowhere"),
        (#"{"type":"any","allow":[{"ref":{"path":["a"],"adjust":"f"}}]}"#, "adjust"),
        (#"[]"#, "must be an object"),
    ])
    func `refuses what it does not understand`(text: String, why: String) {
        do {
            _ = try compile(text)
            Issue.record("was taken")
        } catch { #expect("\(error)".contains(why), "\(error)") }
    }

    @Test func `refuses a description of hostile depth`() {
        var text = #"{"type":"any"}"#
        for _ in 0..<15 { text = #"{"type":"array","items":[\#(text)]}"# }
        #expect(throws: Never.self) { try compile(text) }
        var limits = JSONLimits()
        limits.depthMax = 1_000
        for _ in 0..<60 { text = #"{"type":"array","items":[\#(text)]}"# }
        var tape = JSONTape()
        let bytes = Array(text.utf8)
        #expect(throws: JoiImportError.self) {
            _ = try JoiSchema.compile(try tape.parse(bytes.raw, limits: limits))
        }
    }

    @Test func `converts only in Joi's mode`() throws {
        let text = #"{"type":"object","keys":{"n":{"type":"number"}}}"#
        let bytes = Array(#"{"n":"5"}"#.utf8)
        var tape = JSONTape()
        let root = try tape.parse(bytes.raw)
        guard case .refused(let issues) = try compile(text).check(root) else {
            Issue.record("was converted")
            return
        }
        #expect(issues.map(\.keyword) == ["number.base"])
        let verdict = try compile(text, .compatible).check(root)
        #expect(verdict == .rewritten(Array(#"{"n":5}"#.utf8)))
    }

    @Test func `takes over texts of rules that can't show the value`() throws {
        let text = """
            {"type":"number","rules":[{"name":"min","args":{"limit":5},
            "message":{"template":"{{#label}} under {#limit}"}},{"name":"max","args":{"limit":9},
            "message":{"template":"{[.]} is too much"}}]}
            """
        let schema = try compile(text)
        for (value, expected) in [("1", "value under 5"), ("10", "value must be at most 9")] {
            var tape = JSONTape()
            let bytes = Array(value.utf8)
            guard case .refused(let issues) = schema.check(try tape.parse(bytes.raw)) else {
                Issue.record("was let through")
                continue
            }
            #expect(issues.map(\.message) == [expected])
        }
    }
}
