import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct FieldFilterTests {
    private func filtered(_ text: String, _ patterns: String...) throws -> String {
        var tape = JSONTape()
        let bytes = Array(text.utf8)
        var json = JSONWriter()
        FieldFilter(patterns).write(try tape.parse(bytes.raw), to: &json)
        return String(decoding: json.finish(), as: UTF8.self)
    }

    private func refused(_ text: String, _ patterns: String...) throws -> String? {
        var tape = JSONTape()
        let bytes = Array(text.utf8)
        return FieldFilter(patterns).firstRefused(in: try tape.parse(bytes.raw))
    }

    @Test func `lets only what is named pass, in every object of a list`() throws {
        let text = #"{"id":1,"secret":"x","owner":{"name":"a","mail":"b"},"tags":[1,{"k":2}]}"#
        #expect(try filtered(text) == "{}")
        #expect(try filtered(text, "id", "owner/name") == #"{"id":1,"owner":{"name":"a"}}"#)
        #expect(try filtered(text, "tags") == #"{"tags":[1,{"k":2}]}"#)
        #expect(try filtered(text, "*") == text)
        #expect(try filtered("[\(text),{\"id\":2,\"x\":3}]", "id") == #"[{"id":1},{"id":2}]"#)
        #expect(try filtered(#"{"\u0069d":1,"secret":2}"#, "id") == #"{"id":1}"#)
        #expect(
            try filtered(#"{"n":1.50,"big":123456789012345678901234567890}"#, "*")
                == #"{"n":1.50,"big":123456789012345678901234567890}"#)
    }

    @Test func `names the first member that may not be written`() throws {
        #expect(try refused(#"{"title":"a","role":"admin"}"#, "title") == "/role")
        #expect(try refused(#"{"owner":{"id":1}}"#, "owner/name") == "/owner/id")
        #expect(try refused(#"[{"title":1},{"x":1}]"#, "title") == "/1/x")
        #expect(try refused(#"{"title":"a"}"#, "title") == nil)
    }

    @Test func `finds whom an answer names, in every object`() throws {
        func owners(_ text: String) throws -> [String?] {
            var tape = JSONTape()
            let bytes = Array(text.utf8)
            return FieldFilter.texts(at: "/owner/id", in: try tape.parse(bytes.raw))
        }
        #expect(try owners(#"{"owner":{"id":"a"}}"#) == ["a"])
        #expect(try owners(#"[{"owner":{"id":7}},{"owner":{}},{"x":1}]"#) == ["7", nil, nil])
        #expect(try owners("[]") == [])
        #expect(try owners(#""a""#) == [nil])
    }
}
