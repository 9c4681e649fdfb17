import Testing

@Suite struct SwiftMaskTests {
    @Test(arguments: [
        ("let a = \"b // c\" // d", "let a = \"      \"     "),
        ("a /* b /* c */ d */ e", "a                   e"),
        ("\"\\\"\" + b", "\"  \" + b"),
        ("\"\\(c ? \"d\" : \"e\")f\" + g", "\"                 \" + g"),
        ("#\"a\"b\"# + c", "#\"   \"# + c"),
        ("#\"\\#(a)\"# + c", "#\"     \"# + c"),
        ("#if a", "#if a"),
        ("\"\"\"\n  a \"b\"\n  \"\"\" + c", "\"\"\"\n       \n  \"\"\" + c"),
    ])
    func `blanks comments and strings, keeps columns`(_ source: String, _ code: String) {
        let mask = SwiftMask(Array(source.utf8))
        #expect(String(decoding: mask.code, as: UTF8.self) == code)
    }

    @Test func `keeps comments apart`() {
        let mask = SwiftMask(Array("let a = \"//\" // b".utf8))
        #expect(String(decoding: mask.comments, as: UTF8.self) == "             // b")
    }
}
