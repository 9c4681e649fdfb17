import Foundation
import GatehouseCore
import Testing

@testable import Gatehouse

/// Texts that were written to hurt. Every one ends in an error, soon, and none in a crash.
@Suite struct ConfigurationHostileTests {
    private func problem(_ bytes: [UInt8]) -> String {
        do throws(ConfigurationIssues) {
            _ = try Fixture.read(bytes)
            return "accepted"
        } catch {
            return error.issues.first?.problem ?? "no issue"
        }
    }

    private func problem(_ text: String) -> String { problem(Array(text.utf8)) }

    @Test func `refuses a billion laughs at its first anchor`() {
        var text = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for (name, previous) in zip("bcdefghi", "abcdefgh") {
            let copies = Array(repeating: "*\(previous)", count: 9).joined(separator: ", ")
            text += "\(name): &\(name) [\(copies)]\n"
        }
        #expect(problem(text) == "anchors are not supported")
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func `refuses deep nesting without recursing into it`(_ opening: String) {
        let text = "a: " + String(repeating: opening, count: 100_000)
        let found = problem("x:\n  " + text)
        #expect(
            ["nested too deeply", "the text is not valid YAML", "a key that is not text"]
                .contains(found))
    }

    @Test func `refuses the 33rd level and takes the 32nd`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(problem("a: " + nested(32)) == "nested too deeply")
        #expect(problem("a: " + nested(31)) == "unknown key `a`")
    }

    @Test func `refuses a text of more than a mebibyte`() {
        #expect(problem([UInt8](repeating: 0x23, count: (1 << 20) + 1)) == "the file is too large")
        #expect(problem([UInt8](repeating: 0x23, count: 1 << 20)) == "the configuration is empty")
    }

    @Test func `refuses more values than the bound`() {
        let text = "a: [" + String(repeating: "1,", count: 100_001) + "]"
        #expect(problem(text) == "too many values")
    }

    @Test func `refuses many keys without comparing each with each`() {
        let text = (0..<90_000).map { "k\($0): " }.joined(separator: "\n")
        #expect(
            problem(text).hasPrefix("too many values") || problem(text).hasPrefix("unknown key"))
    }

    @Test(arguments: [
        "data: a\u{0}b", "data: a\u{1B}[31m", "data: a\u{7F}", "data: a\u{85}b", "data: a\u{2028}b",
        "data: \u{202E}atad", "data: \u{2066}x", "data: a\u{FEFF}",
    ])
    func `refuses characters that do not show`(_ text: String) {
        #expect(problem(text) == "a character that does not show")
    }

    @Test(
        arguments: [
            [0x61, 0x3A, 0x20, 0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xE2, 0x82],
        ] as [[UInt8]])
    func `refuses bytes that are not UTF-8`(_ bytes: [UInt8]) {
        #expect(problem(bytes) == "the text is not UTF-8")
    }

    @Test func `names the place of a bad byte`() {
        do throws(ConfigurationIssues) {
            _ = try Fixture.read(Array("data: ü\r\nhosts: ".utf8) + [0xFF])
        } catch {
            #expect(error.issues.first.map { [$0.line, $0.column] } == [2, 8])
        }
    }

    @Test func `takes a byte order mark at the start and every line ending`() throws {
        for ending in ["\n", "\r\n", "\r"] {
            let text = "\u{FEFF}data: x\(ending)" + Fixture.routes
            #expect(try Fixture.read(text).configuration.data == "/etc/gatehouse/x")
            let wrong = "\u{FEFF}data: x\(ending)wibble: y\(ending)" + Fixture.routes
            do throws(ConfigurationIssues) {
                _ = try Fixture.read(wrong)
            } catch {
                #expect(error.issues[0].line == 2 && error.issues[0].excerpt == "wibble: y")
            }
        }
    }

    @Test(arguments: [
        "%YAML 9.9\n---\na: b", "%TAG ! tag:x,2000:\n---\na: !x b", "--- !!map {}",
        "a: !!python/object:os x",
        "\u{FFFE}", "a: 'b", "a: \"\\ud800\"", "a: \"\\U00110000\"", "}", "]", "- ", ": : :",
        "a: b: c",
        "@a", "`a`", "a: |\n x\n\ty", "? ? ? ?", "&a", "*a", "!<x> y", "a: >-9\n b", "--- a\n--- b",
        "...",
    ])
    func `refuses odd texts`(_ text: String) {
        #expect(problem(text) != "accepted")
    }

    @Test func `a mutated starter never crashes and never echoes its secret`() {
        // SplitMix64 with a fixed seed: the same texts in each run.
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((value ^ (value >> 31)) % UInt64(bound))
        }
        let starter = Array(Starter.text.utf8)
        let marks = Array("[]{}:,-#&*!|>'\"%@`\\ \n\t?~0aZ\u{0}".utf8) + [0xFF, 0xC3, 0xE2]
        var refused = 0
        for _ in 0..<600 {
            var bytes = starter
            for _ in 0...random(6) {
                let place = random(bytes.count)
                switch random(4) {
                case 0: bytes[place] = marks[random(marks.count)]
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(marks[random(marks.count)], at: place)
                default:
                    let end = min(bytes.count, place + random(200))
                    bytes.insert(contentsOf: bytes[place..<end], at: random(bytes.count))
                }
            }
            if case .failure(let issues) = Result(catching: { () throws(ConfigurationIssues) in
                try Fixture.read(bytes)
            }) {
                refused += 1
                #expect(!issues.issues.isEmpty && issues.issues.count <= 20)
                #expect(!issues.description.isEmpty)
            }
        }
        #expect(refused > 200)
    }
}
