import Foundation
import GatehouseCrypto
import TestSupport
import Testing

@testable import GatehouseIdentity

@Suite struct PasswordPolicyTests {
    private let policy = PasswordPolicy()

    @Test func `refuses what is short, long, guessed or the own name`() {
        let names = ["alice.cooper@example.com", "Alice Cooper"]
        let cases: [(String, PasswordRefusal)] = [
            ("1234567", .tooShort), (String(repeating: "ab", count: 129), .tooLong),
            (String(repeating: "a", count: 100_000), .tooLong), ("password1", .tooEasy),
            ("aaaaaaaaaaaaaaaa", .tooEasy), ("qwertyuiop", .tooEasy), ("12345678", .tooEasy),
            ("alice.cooper", .holdsName), ("Alice Cooper1", .holdsName),
            ("abc\0defghijk", .notText),
        ]
        for (password, reason) in cases {
            #expect(policy.refusal(password, names: names) == reason, "\(password.prefix(20))")
        }
    }

    @Test func `asks for no digits, capitals or signs`() {
        for password in [
            "correct horse battery staple", "sieben zwerge tanzen leise", "日本語のとても長いパスワード",
            "vzkqmwpxrtbn",
        ] { #expect(policy.refusal(password, names: ["bob@example.com"]) == nil, "\(password)") }
        #expect(policy.refusal(String(repeating: "correct horse ", count: 18), names: []) == nil)
    }

    @Test(
        .enabled(
            if: Conformance.isPresent("passwords/django-common-19640.txt"), "no conformance data"))
    func `refuses common passwords without a network`() throws {
        for file in ["django-common-19640.txt", "zxcvbn-passwords.txt"] {
            let words = try Conformance.lines("passwords/" + file)
                .compactMap { $0.split(separator: " ").first.map(String.init) }
                .filter { $0.count >= 8 }.prefix(2_000)
            let taken = words.filter { policy.refusal($0, names: []) == nil }
            print(
                "\(file): \(words.count - taken.count) of \(words.count) refused;", taken.prefix(5))
            #expect(words.count > 1_000)
            // What is left are leaked random strings, and words typed on another layout: for
            // these there is the imported filter.
            #expect(taken.count * 20 <= words.count)
        }
    }

    @Test func `finds every leaked password and few others`() throws {
        let folder = try ScratchFolder()
        let leaked = (0..<5_000).map { "leaked-\($0)" }
        let hex = leaked.map { password in
            OneTimeDigest.sha1(Array(password.utf8)).map { String(format: "%02X", $0) }.joined()
        }
        let list = hex.enumerated().map { "\($1):\($0 + 1)" }.joined(separator: "\r\n") + "\r\n"
        try folder.write(list, "list.txt")
        var writer = BreachFilterWriter()
        writer.countMin = 11
        let report = try writer.write(list: folder.path + "/list.txt", to: folder.path + "/filter")
        #expect(report.taken == 4_990)
        #expect(report.rare == 10)
        let filter = try BreachFilter(file: folder.path + "/filter")
        #expect(filter.count == 4_990)
        #expect(leaked.dropFirst(10).allSatisfy { filter.contains(Array($0.utf8)) })
        let wrong = (0..<20_000).count { filter.contains(Array("other-\($0)".utf8)) }
        #expect(wrong < 100)
        let strict = PasswordPolicy(breached: filter)
        #expect(strict.refusal("leaked-4000", names: []) == .breached)
    }

    @Test func `names the line of a list that is none, and keeps the old filter`() throws {
        let folder = try ScratchFolder()
        try folder.write("0000000000000000000000000000000000000000:1\nnonsense\n", "list.txt")
        let error = #expect(throws: BreachFilter.Refused.self) {
            _ = try BreachFilterWriter().write(
                list: folder.path + "/list.txt", to: folder.path + "/filter")
        }
        #expect(error?.description.contains("list.txt:2:") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/filter"))
        try folder.write("GHBREACH cut", "filter")
        #expect(throws: BreachFilter.Refused.self) {
            _ = try BreachFilter(file: folder.path + "/filter")
        }
    }
}
