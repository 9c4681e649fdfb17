import GatehouseCore
import GatehouseValidation
import Testing

/// Members of one name, wherever the other one stands and however it is written.
struct JSONDuplicateTests {
    private func verdict(_ names: [String]) -> JSONError.Reason? {
        let text = Array("{\(names.map { "\"\($0)\":{\"x\":[{}]}" }.joined(separator: ","))}".utf8)
        var tape = JSONTape()
        do { _ = try tape.parse(text.raw) } catch { return error.reason }
        return nil
    }

    @Test(arguments: [2, 3, 11, 12, 13, 14, 40])
    func `finds one among many`(_ count: Int) {
        let names = (0..<count).map { "member number \($0)" }
        #expect(verdict(names) == nil)
        for (first, second) in [(0, count - 1), (0, 1), (count - 2, count - 1)] {
            var twice = names
            twice[second] = names[first]
            #expect(verdict(twice) == .duplicateMember, "\(count): \(first), \(second)")
            twice[second] = names[first].replacing("m", with: "\\u006d", maxReplacements: 1)
            #expect(verdict(twice) == .duplicateMember, "\(count): \(first), \(second)")
            twice[first] = names[first].replacing("b", with: "\\u0062", maxReplacements: 1)
            #expect(verdict(twice) == .duplicateMember, "\(count): \(first), \(second)")
        }
    }

    @Test func `names that only begin or end alike are others`() {
        #expect(verdict(["", "a", "aa", "a\\u0000", "\\u0000a"]) == nil)
        #expect(verdict(["12345678", "123456789", "1234567", "x12345678"]) == nil)
        #expect(verdict(["1234567890123456789", "1234567890123456780"]) == nil)
        #expect(verdict(["", ""]) == .duplicateMember)
    }

    @Test func `an object inside does not hide or lend names`() throws {
        var tape = JSONTape()
        let fine = Array(#"{"a":{"a":{"a":1},"b":[{"a":1},{"a":2}]},"b":{"a":1}}"#.utf8)
        _ = try tape.parse(fine.raw)
        let twice = Array(#"{"a":{"b":1,"c":{"a":1,"b":1}},"b":{"a":1},"a":0}"#.utf8)
        #expect(throws: JSONError.self) { _ = try tape.parse(twice.raw) }
        let inner = Array(#"{"a":{"b":1,"b":{"a":1}}}"#.utf8)
        #expect(throws: JSONError.self) { _ = try tape.parse(inner.raw) }
    }

    @Test func `they may be allowed`() throws {
        var limits = JSONLimits()
        limits.dangerouslyAllowsDuplicateMembers = true
        var tape = JSONTape()
        let text = Array(#"{"a":1,"a":{"b":2,"b":3}}"#.utf8)
        let root = try tape.parse(text.raw, limits: limits)
        #expect(root.count == 2)
        #expect(root["a"]?.integer == 1)
    }

    @Test func `a tape grows to what the densest text needs, and is used again`() throws {
        var tape = JSONTape()
        for count in [1, 100, 9_999, 3] {
            let text = Array("[\(Array(repeating: "1", count: count).joined(separator: ","))]".utf8)
            #expect(try tape.parse(text.raw).count == count)
        }
        let empty = Array("[".utf8)
        #expect(throws: JSONError.self) { _ = try tape.parse(empty.raw) }
        let word = Array("\"again\"".utf8)
        #expect(try tape.parse(word.raw).string == "again")
    }
}
