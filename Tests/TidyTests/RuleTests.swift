import Testing

/// Each rule over text that breaks it, and over the nearest text that does not.
@Suite struct RuleTests {
    @Test func `finds long files, lines and functions`() {
        let long = Array(repeating: "let a = 1", count: 401).joined(separator: "\n") + "\n"
        expect(.fileLength, finds: long, at: [401])
        expect(.fileLength, passes: String(long.dropLast(10)))
        expect(.lineLength, finds: "//" + String(repeating: "a", count: 99), at: [1])
        expect(.lineLength, passes: String(repeating: "é", count: 100))
        let literal = "let a = \"\"\"\n" + String(repeating: "a", count: 120) + "\n\"\"\"\n"
        expect(.lineLength, passes: literal)
        expect(.lineLength, finds: "let a = \"" + String(repeating: "a", count: 99) + "\"", at: [1])
        let body = Array(repeating: "    step()", count: 69).joined(separator: "\n")
        expect(.functionLength, finds: "let a = 1\nfunc f() {\n\(body)\n}\n", at: [2])
        expect(.functionLength, passes: "func f() {\n\(body.dropFirst(11))\n}\n")
    }

    @Test func `measures functions by their own braces`() {
        let code = """
            protocol P {
                func bare() -> Int
                init(a: Int)
            }
            struct S {
                init(
                    a: Int
                ) throws(E) {
                    self.init(b: a) { _ in }
                }
                func `refuses {`(_ f: (Int) -> Void = { _ in }) -> Int
                where Int: P {
                    let text = "}"
                    return .init(1)
                }
            }
            """
        let found = FunctionScan(SourceText("a.swift", code).code).functions
        #expect(found == [.init(line: 6, lines: 5), .init(line: 11, lines: 6)])
    }

    @Test func `finds white space at line ends, and files without a last line end`() {
        expect(.noTrailingWhiteSpace, finds: "a \nb\t\nc\n", at: [1, 2], path: "docs/a.md")
        expect(.noTrailingWhiteSpace, finds: "a", at: [1], path: "Makefile")
        expect(.noTrailingWhiteSpace, passes: "a\n\nb\n", path: "docs/a.md")
    }

    @Test func `finds code that crashes, and only code`() {
        expect(.noForcedTry, finds: "let a = try! b()\n", at: [1])
        expect(.noForcedTry, passes: "/// Never try! here.\nlet a = \"try!\"\n")
        expect(.noFatalError, finds: "fatalError(\"x\")\n", at: [1])
        expect(.noFatalError, passes: "let notfatalErrors = 1\n")
    }

    @Test func `finds promises to finish later`() {
        expect(.noOpenEnds, finds: "a()\n// TODO: b\n/// FIXME c\n", at: [2, 3])
        expect(.noOpenEnds, passes: "let TODO = \"TODO\" // mastodon\n")
    }

    @Test func `finds names that say nothing`() {
        expect(.honestNames, finds: "final class TokenManager {}\n", at: [1])
        expect(.honestNames, finds: "enum JSONUtils {}\nstruct BaseClock {}\n", at: [1, 2])
        expect(.honestNames, passes: "struct Base64URL {}\nstruct Database {}\nlet helper = 1\n")
    }

    @Test func `finds unchecked promises of thread safety`() {
        expect(.noUncheckedSendable, finds: "final class A: @unchecked Sendable {}\n", at: [1])
        expect(.noUncheckedSendable, passes: "struct A: Sendable {}\n")
    }

    @Test func `finds tasks outside the layers that may start them`() {
        expect(.noUnstructuredTasks, finds: "let t = Task { 1 }\nTask.detached { }\n", at: [1, 2])
        expect(.noUnstructuredTasks, passes: "withTaskGroup { }\nstruct TaskList { }\n")
        let transport = SourceText("Sources/Transport/A.swift", "Task { }\n")
        #expect(!Rule.noUnstructuredTasks.applies(transport))
        #expect(Rule.noUnstructuredTasks.applies(SourceText("Sources/Core/A.swift", "")))
    }

    @Test func `finds code kept in comments, not sentences`() {
        expect(
            .noCodeInComments, finds: "// let a = b()\n// guard a else {\n// }\n", at: [1, 2, 3])
        expect(.noCodeInComments, finds: "// buffer.clear()\n// a = b(c);\n", at: [1, 2])
        expect(
            .noCodeInComments,
            passes: """
                // Let the peer finish first (RFC 9112 section 9.6).
                // if nothing came, the clock decides
                // A wake goes out on the empty edge: see enqueue(_:)
                let url = "//let a = b"

                """)
    }

    @Test func `finds public declarations nobody explained`() {
        expect(
            .documentedPublic, finds: "public struct A {\n    public let b: Int\n}\n", at: [1, 2])
        expect(.documentedPublic, finds: "// not a doc comment\npublic func a() {}\n", at: [2])
        expect(
            .documentedPublic,
            passes: """
                public import GatehouseCore

                /// What it is for.
                @frozen
                public struct A {
                    public static func < (left: A, right: A) -> Bool { false }
                }

                """)
    }

    @Test func `finds tests that sleep`() {
        expect(
            .noSleepInTests, finds: "try await Task.sleep(for: .seconds(1))\n", at: [1],
            path: "Tests/A/ATests.swift")
        expect(
            .noSleepInTests, passes: "let sleeper = 1 // sleep(1)\nawait loop.sleep(for: a)\n",
            path: "Tests/A/ATests.swift")
    }

    @Test func `finds Foundation where requests are served`() {
        expect(.noFoundation, finds: "import Glibc\npublic import FoundationEssentials\n", at: [2])
        expect(.noFoundation, passes: "// import Foundation\nimport Glibc\n")
    }

    @Test func `finds SQL that is made at run time`() {
        expect(
            .noRawSQL,
            finds: "let a: SQLStatement = \"a\"\nrun(SQLStatement(dangerouslyRaw: text))\n", at: [2]
        )
        expect(.noRawSQL, finds: "db.query(.init(dangerouslyRaw: \"a\" + b))\n", at: [1])
        expect(.noRawSQL, passes: "// never dangerouslyRaw\nlet a = \"dangerouslyRaw\"\n")
        let door = SourceText("Sources/Storage/SQL/Statement/SQLStatement.swift", "")
        #expect(!Rule.noRawSQL.applies(door))
    }

    @Test func `finds references to one machine`() {
        expect(.nothingFromOutside, finds: "see /wo" + "rk/notes\n", at: [1], path: "docs/a.md")
        expect(.nothingFromOutside, passes: "User-Agent: work/life\n", path: "docs/a.md")
    }

    private func expect(
        _ rule: Rule, finds text: String, at lines: [Int], path: String = "Sources/Core/A.swift",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let file = SourceText(path, text)
        #expect(rule.applies(file), sourceLocation: sourceLocation)
        #expect(rule.check(file).map(\.line) == lines, sourceLocation: sourceLocation)
        let allowance = Allowance(rule, path, "reviewed: the test says so")
        #expect(rule.findings(in: [file], allowing: [allowance]).isEmpty)
    }

    private func expect(
        _ rule: Rule, passes text: String, path: String = "Sources/Core/A.swift",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let file = SourceText(path, text)
        #expect(rule.applies(file), sourceLocation: sourceLocation)
        #expect(rule.check(file) == [], sourceLocation: sourceLocation)
    }
}
