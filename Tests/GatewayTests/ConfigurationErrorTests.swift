import Foundation
import GatehouseCore
import Testing

@testable import Gatehouse

/// Each kind of error and warning with the exact text that people see.
@Suite struct ConfigurationErrorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let text: String
        let expected: String
        var testDescription: String { name }
    }

    /// `=== name`, the configuration, `~~~`, the output. A case that names no routes gets one.
    static let cases: [Case] = configurationErrorGoldens.components(separatedBy: "\n=== ")
        .dropFirst()
        .map { part in
            let halves = part.components(separatedBy: "\n~~~\n")
            let lines = halves[0].components(separatedBy: "\n")
            return Case(
                name: lines[0], text: lines.dropFirst().joined(separator: "\n") + "\n",
                expected: halves.count > 1 ? halves[1].trimmingCharacters(in: .newlines) : "")
        }

    static func actual(_ text: String) -> String {
        let full = text.contains("routes") || text.hasPrefix("#bare") ? text : text + Fixture.routes
        return Fixture.rendered(full).trimmingCharacters(in: .newlines)
    }

    @Test(arguments: cases) func `refuses with the exact words for`(_ golden: Case) {
        #expect(Self.actual(golden.text) == golden.expected)
    }

    @Test func `the list of cases is not empty`() {
        print("configuration error cases: \(Self.cases.count)")
        #expect(Self.cases.count > 80)
        #expect(Set(Self.cases.map(\.name)).count == Self.cases.count)
        if let path = ProcessInfo.processInfo.environment["GATEHOUSE_WRITE_GOLDENS"] {
            // For review by hand: what the program says now.
            let text = Self.cases.map {
                "\n=== \($0.name)\n\($0.text)~~~\n\(Self.actual($0.text))\n"
            }
            try? text.joined().write(toFile: path, atomically: true, encoding: .utf8)
        }
    }

    @Test func `reports twenty errors at once and counts the rest`() {
        let lines = (0..<50).map { "key\($0): 1" }.joined(separator: "\n") + "\n" + Fixture.routes
        do throws(ConfigurationIssues) {
            _ = try Fixture.read(lines)
            Issue.record("accepted")
        } catch {
            #expect(error.issues.count == 20)
            #expect(error.omitted == 30)
            #expect(error.description.hasSuffix("… and 30 more\n"))
            #expect(error.issues.map(\.line) == Array(1...20))
        }
    }

    @Test func `a control's refusal gets the line of its key`() throws {
        let text = "cors:\n  origins: [https://a.example]\n  max-age: 5m\n" + Fixture.routes
        let file = try Fixture.read(text)
        let known = file.issue(.invalid("max-age", "must be longer"), at: "cors")
        #expect(known.line == 3)
        #expect(known.path == "cors.max-age")
        let unknown = file.issue(.invalid("preload", "needs a year"), at: "cors")
        #expect(unknown.line == 2)
        #expect(unknown.path == "cors")
    }

    @Test func `colour changes nothing but colour`() throws {
        let plain = Self.actual("dta: x\n")
        do throws(ConfigurationIssues) {
            _ = try Fixture.read("dta: x\n" + Fixture.routes)
        } catch {
            let colored = error.rendered(colored: true)
            #expect(colored.contains("\u{1B}[1;31m"))
            let stripped = colored.replacingOccurrences(
                of: "\u{1B}\\[[0-9;]*m", with: "", options: .regularExpression)
            #expect(stripped.trimmingCharacters(in: .newlines) == plain)
        }
    }
}
