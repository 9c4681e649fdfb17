import GatehouseCore
import GatehouseValidation
import Testing

@Suite struct JSONTapeTests {
    /// The reason for which `text` is refused, or nil.
    private func refusal(_ text: String, _ limits: JSONLimits = JSONLimits()) -> JSONError.Reason? {
        refusal(Array(text.utf8), limits)
    }

    private func refusal(_ bytes: [UInt8], _ limits: JSONLimits = JSONLimits()) -> JSONError.Reason?
    {
        var tape = JSONTape()
        do throws(JSONError) {
            _ = try tape.parse(bytes.raw, limits: limits)
            return nil
        } catch { return error.reason }
    }

    @Test(
        arguments: [
            #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#, #"{"x":{"b":1,"c":2,"b":3}}"#,
            #"[{"":1,"":2}]"#, #"{"\ud83d\ude00":1,"😀":2}"#,
        ]) func `refuses two members of one name, however they are spelled`(_ text: String)
    {
        #expect(refusal(text) == .duplicateMember)
        var limits = JSONLimits()
        limits.dangerouslyAllowsDuplicateMembers = true
        #expect(refusal(text, limits) == nil)
    }

    @Test func `refuses a duplicate among many members`() {
        for count in [12, 13, 14, 500] {
            let names = (0..<count).map { #""name\#($0)":\#($0)"# }
            #expect(refusal("{\(names.joined(separator: ","))}") == nil)
            for twin in [0, count / 2, count - 1] {
                let text = "{\(names.joined(separator: ",")),\"n\\u0061me\(twin)\":0}"
                #expect(refusal(text) == .duplicateMember)
            }
        }
    }

    @Test(
        arguments: [
            #""\ud800""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\ud800""#, #""\udc00""#,
            #""\udfff\ud800""#, #"{"\ud800":1}"#, #""\ud800\u0041""#,
        ]) func `refuses lone surrogates`(_ text: String)
    {
        #expect(refusal(text) == .loneSurrogate)
    }

    @Test(
        arguments: [
            [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
            [0xFF], [0xC3], [0xE2, 0x82], [0xF8, 0x88, 0x80, 0x80, 0x80],
        ] as [[UInt8]]) func `refuses bytes that are no UTF-8, anywhere in a string`(
            _ bytes: [UInt8]
        )
    {
        for before in 0..<17 {
            let text = Array(repeating: UInt8(ascii: "x"), count: before)
            #expect(refusal([0x22] + text + bytes + [0x22]) == .invalidUTF8)
        }
    }

    @Test func `refuses control characters at every place`() {
        for byte in UInt8(0)..<0x20 {
            for before in 0..<17 {
                let text = Array(repeating: UInt8(ascii: "x"), count: before)
                let bytes = [0x22] + text + [byte] + text + [0x22]
                #expect(refusal(bytes) == .controlCharacter)
            }
        }
    }

    @Test func `refuses what is over a limit and takes what is at it`() {
        var limits = JSONLimits()
        limits.bytesMax = .bytes(40)
        limits.depthMax = 3
        limits.membersMax = 2
        limits.elementsMax = 3
        limits.valuesMax = 8
        limits.stringBytesMax = .bytes(5)
        limits.numberBytesMax = 4
        let pad = String(repeating: " ", count: 38)
        let cases: [(String, JSONError.Reason?)] = [
            (pad + "[]", nil), (pad + "[ ]", .tooLong),
            ("[[[]]]", nil), ("[[[[]]]]", .tooDeep), (#"{"a":[{}]}"#, nil),
            (#"{"a":[{"b":{}}]}"#, .tooDeep),
            (#"{"a":1,"b":2}"#, nil), (#"{"a":1,"b":2,"c":3}"#, .tooManyValues),
            ("[1,2,3]", nil), ("[1,2,3,4]", .tooManyValues),
            ("[[1,2],[3,4],[5]]", .tooManyValues), ("[[1,2],[3,4],[]]", nil),
            (#""12345""#, nil), (#""123456""#, .stringTooLong),
            ("1234", nil), ("12345", .numberTooLong), ("-1.2", nil), ("1e999", .numberTooLong),
        ]
        for (text, reason) in cases { #expect(refusal(text, limits) == reason, "\(text)") }
    }

    @Test(
        arguments: [
            "", " ", "{", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "{,}", "[,]", "[1,]", "{\"a\":1,}",
            "{a:1}", "{'a':1}", "[1}", "{\"a\":1]", "nul", "nullx", "True", "NaN", "Infinity",
            "01", "-01", "-", "+1", ".5", "1.", "1.e3", "1e", "1e+", "0x10", "1_000", "--1",
            "\"", "\"\\", "\"\\u12", "\"\\u12G4\"", "\"\\x41\"", "\"\\U0041\"", "1 2", "{}{}",
            "[] x",
            "\u{FEFF}{}", "// c\n1", "[1]/**/", "\u{A0}1", "]", "}", ",", ":",
        ]) func `refuses what the grammar does not hold`(_ text: String)
    {
        #expect(refusal(text) != nil)
    }

    @Test func `refuses every beginning of a text`() {
        let text = Array(#"{"a":[1.5e3,"x\u00e9\ud83d\ude00é",true,null],"b":{"c":-0}}"#.utf8)
        for count in 0..<text.count { #expect(refusal(Array(text.prefix(count))) != nil) }
        #expect(refusal(text) == nil)
    }

    @Test func `says where and never what`() {
        var tape = JSONTape()
        #expect(throws: JSONError(reason: .unexpectedByte, offset: 7)) {
            _ = try tape.parse(Array(#"{"key":secret}"#.utf8).raw)
        }
        let error = JSONError(reason: .unexpectedByte, offset: 7)
        #expect(error.description == "unexpected character at byte 7")
    }

    @Test func `shows values, members and elements`() throws {
        let text = #" {"a" : [1, "two", {"three":3}, [], true, false, null], "b\n": -7, "e":{}} "#
        let bytes = Array(text.utf8)
        var tape = JSONTape()
        let root = try tape.parse(bytes.raw)
        #expect(root.kind == .object)
        #expect(root.count == 3)
        var names: [String] = []
        var members = root.members
        while let member = members.next() { names.append(member.name.string ?? "") }
        #expect(names == ["a", "b\n", "e"])
        guard let array = root["a"] else { throw JSONError(reason: .unexpectedEnd, offset: 0) }
        var kinds: [JSONKind] = []
        var elements = array.elements
        while let element = elements.next() { kinds.append(element.kind) }
        #expect(kinds == [.number, .string, .object, .array, .true, .false, .null])
        let number = root["b\n"]?.integer
        let empty = root["e"]?.count
        let isAbsent = root["c"]?.kind == nil && array["a"]?.kind == nil
        #expect(number == -7)
        #expect(empty == 0)
        #expect(isAbsent)
    }

    @Test func `gives numbers exactly or not at all`() throws {
        let cases: [(String, Int64?)] = [
            ("0", 0), ("-0", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.0", nil), ("1e3", nil),
            ("99999999999999999999999", nil), ("9007199254740993", 9_007_199_254_740_993),
        ]
        var tape = JSONTape()
        for (text, value) in cases {
            let bytes = Array(text.utf8)
            let root = try tape.parse(bytes.raw)
            #expect(root.integer == value)
            let written = root.text
            #expect(String(lossy: written) == text)
        }
    }

    @Test func `resolves every escape`() throws {
        let bytes = Array(#""\"\\\/\b\f\n\r\t\u0000\u00e9\u20ac\ud83d\ude00é€😀""#.utf8)
        var tape = JSONTape()
        let root = try tape.parse(bytes.raw)
        #expect(root.string == "\"\\/\u{8}\u{C}\n\r\t\u{0}é€😀é€😀")
        let text = Array((root.string ?? "").utf8)
        let isSame = root.equals(text.raw)
        let isOther = root.equals("x")
        #expect(isSame && !isOther)
    }
}
