import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct PatternTests {
    private static let refused: [(String, PatternError.Reason)] = [
        ("^(abc]", .unbalancedGroup), ("abc)", .unbalancedGroup), ("[abc", .unclosedClass),
        ("*a", .nothingToRepeat), ("a**", .nothingToRepeat), ("a*+", .nothingToRepeat),
        ("(?=a)*", .nothingToRepeat), ("{2}", .nothingToRepeat), ("^*", .nothingToRepeat),
        ("a{3,2}", .badRange), ("a{70000}", .badRange), ("[b-a]", .badRange),
        ("\\a", .unknownEscape), ("\\Z", .unknownEscape), ("\\01", .unknownEscape),
        ("\\x1", .unknownEscape), ("\\u12", .unknownEscape), ("\\c1", .unknownEscape),
        ("\\", .unknownEscape), ("\\u{110000}", .badRange),
        ("(?P<n>x)", .unknownGroup), ("(?#c)", .unknownGroup), ("(?i)a", .unknownGroup),
        ("(?>a)", .unknownGroup), ("(?<1>a)", .badGroupName), ("(?<n>a)(?<n>b)", .badGroupName),
        ("(?<n>a)\\k<m>", .unknownReference), ("(a)\\2", .unknownReference),
        ("\\p{Nothing}", .unknownProperty), ("\\p{Xan}", .unknownProperty),
        ("\\pL", .unknownProperty), ("(?<=a+)b", .unsupported),
        ("(?:(?:(?:a{999}){999}){999}){999}", .tooLarge),
        (String(repeating: "(", count: 200), .tooDeep),
        (String(repeating: "a", count: 9_000), .tooLong),
    ]

    @Test(arguments: refused)
    func `refuses what is no pattern`(_ text: String, _ reason: PatternError.Reason) {
        let error = #expect(throws: PatternError.self) { try Pattern(text) }
        #expect(error?.reason == reason, "\(text)")
    }

    private static let agreed: [(String, yes: [String], no: [String])] = [
        ("^abc$", ["abc"], ["abc\n", "xabc"]),
        ("^\\d\\w\\s$", ["1a\u{FEFF}", "1_\u{2003}"], ["\u{7C0}a ", "1é "]),
        ("^[\\D]$", ["a", "é"], ["1"]),
        ("^[\\S\\n]+$", ["ab", "a\nb"], ["a b"]),
        ("^[^\\S\\n]$", [" ", "\t"], ["a", "\n"]),
        ("^[^\\Sa]$", [" "], ["a", "b"]),
        ("^\\cA\\x41\\u0042\\u{1F432}\\uD83D\\uDC32$", ["\u{1}AB🐲🐲"], ["\u{1}AB🐲"]),
        ("^\\p{Letter}\\p{Lu}\\p{sc=Greek}\\p{digit}$", ["éAα৪"], ["éaα৪", "éAa4"]),
        ("^\\P{L}[\\p{L}\\P{ASCII}]$", ["1a", "1€"], ["aa", "11"]),
        ("^\\p{Assigned}\\P{Assigned}$", ["a\u{378}"], ["aa"]),
        ("^.$", ["a", "🐲"], ["\n", "\r", "\u{2028}"]),
        ("^(?<n>a)\\k<n>(b)\\2$", ["aabb"], ["aab"]),
        ("^(?:(a)|b)\\1$", ["aa", "b"], ["ba", "bb"]),
        ("^[]|[^]$", ["a", "\n"], [""]),
        ("^[a-z\\-]{2,3}?$", ["a-", "a-b"], ["a", "a_b"]),
        ("^\\-\\/\\#$", ["-/#"], ["\\-"]),
        ("^{.}]$", ["{a}]"], ["a"]),
        ("^[\\w-.]+$", ["a-.b"], ["a b"]),
        ("^[[:alpha:]]$", ["a]", ":]"], ["b]", "a"]),
        ("a(?=b)(?!bc)(?<=a)(?<!xa)", ["abd"], ["abc", "xab"]),
        ("\\bfoo\\b", ["a foo b", "éfoo"], ["afoo", "foo1"]),
        ("^[\\b]$", ["\u{8}"], ["b"]),
        ("\\uD800", [], ["a", "\u{FFFD}"]),
        ("^[\\uD800-\\uDFFF]$", [], ["a", "🐲"]),
        ("^[\\u0000-\\uFFFF]$", ["a", "\u{E000}"], ["🐲"]),
        ("#a b", ["#a b"], ["ab"]),
        ("\\Qa", [], []),
    ]

    @Test func `means what ECMA-262 says`() throws {
        for (text, yes, no) in Self.agreed where text != "\\Qa" {
            let pattern = try Pattern(text)
            for subject in yes {
                #expect(pattern.matches(subject) == .matches, "\(text) \(subject)")
            }
            for subject in no {
                #expect(pattern.matches(subject) == .differs, "\(text) \(subject)")
            }
        }
    }

    @Test func `heeds its flags`() throws {
        #expect(try Pattern("^É$", options: .ignoresCase).matches("é") == .matches)
        #expect(try Pattern("^b$", options: .multiline).matches("a\nb\nc") == .matches)
        #expect(try Pattern("^a.b$", options: .dotMatchesLineEnds).matches("a\nb") == .matches)
    }

    @Test func `matches no text that is not UTF-8`() throws {
        let pattern = try Pattern("a")
        for bytes: [UInt8] in [[0x61, 0xFF], [0xC0, 0xAF, 0x61], [0x61, 0xED, 0xA0, 0x80]] {
            #expect(pattern.matches(bytes.raw) == .differs)
        }
        #expect(pattern.matches([UInt8]().raw) == .differs)
    }

    @Test(arguments: [
        "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(a*)*$", "^([a-z]+)*[a-z]+$",
        "^(.*)(.*)(.*)(.*)(.*)$x",
        "(x+x+)+y", "^((a{1,40}){1,40})+$", "^(?:(a|ab)(c|bc))*$", "^(ab?b?)*$", "^.*aa.*aa$",
        "a.*b", "[ab]{0,200}[ab]{0,200}[ab]{0,200}c",
        "(?:(?:a{0,8}){0,8}){0,8}b",
    ])
    func `answers a hostile pattern and subject with a refusal`(_ text: String) throws {
        let pattern = try Pattern(text)
        #expect(pattern.isSuperLinear)
        let letter = text.contains("x+") ? "x" : "a"
        let subject = String(repeating: letter, count: 3_000) + "!"
        #expect(pattern.matches(subject) != .matches)
        #expect(pattern.matches(String(repeating: letter, count: 5_000)) == .tooExpensive)
    }

    @Test func `bounds the subject by the kind of pattern`() throws {
        for (text, most) in [
            ("^a", Pattern.subjectMax), ("b", Pattern.searchedSubjectMax),
            ("b+", Pattern.superLinearSubjectMax),
        ] {
            let subject = [UInt8](repeating: 0x61, count: most + 1)
            let pattern = try Pattern(text)
            #expect(pattern.matches(subject.raw) == .tooExpensive)
            #expect(pattern.matches(subject.raw.extracting(1..<most + 1)) != .tooExpensive)
        }
    }

    @Test func `matches long texts with patterns of linear work`() throws {
        for (text, unit) in [
            ("^(?:ab|cd)*$", "ab"), ("^(?:[a-z]|\\d)*$", "a"), ("^[a-z]+(-[a-z]+)*$", "a-a"),
            ("^(?:[A-Za-z0-9+/]{4})*$", "abcd"), ("^[^<>]*$", "é"),
        ] {
            let subject = String(repeating: unit, count: 65_536 / unit.utf8.count)
            #expect(try Pattern(text).matches(subject) == .matches, "\(text)")
        }
    }

    @Test func `calls exponential work too expensive`() throws {
        let subject = String(repeating: "a", count: 40) + "!"
        #expect(try Pattern("^(a|a)*$").matches(subject) == .tooExpensive)
        #expect(try Pattern("^(a|aa)+$").matches(subject) == .tooExpensive)
    }

    @Test(arguments: [
        "^[a-z]+(-[a-z]+)*$", "^\\d{1,3}(\\.\\d{1,3}){3}$", "^(?:ab|cd)*$", "^[^@\\s]+@[^@\\s]+$",
        "^abc", "foo|bar", "^[A-Z][a-z]*$", "^[a-z]{1,64}@[a-z]{1,64}$",
        "[a-z]{1,64}[0-9]{1,8}", "^(?:\\p{Lu}|[ '-])+$", "^\\d+\\.\\d+$",
    ])
    func `finds nothing in a pattern of linear work`(_ text: String) throws {
        #expect(try !Pattern(text).isSuperLinear)
    }

    @Test func `sees that letters of either case are the same`() throws {
        #expect(try !Pattern("^(a|A)*$").isSuperLinear)
        #expect(try Pattern("^(a|A)*$", options: .ignoresCase).isSuperLinear)
    }

    @Test func `matches from many threads at once`() async throws {
        let pattern = try Pattern("^[a-z]+(-[a-z]+)*$")
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<8 {
                group.addTask {
                    (0..<500).allSatisfy { _ in
                        pattern.matches(index % 2 == 0 ? "abc-def" : "abc-")
                            == (index % 2 == 0 ? .matches : .differs)
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
