import Foundation
import GatehouseCore
import Testing

@testable import Gatehouse

/// The document, the starter and the code say the same.
@Suite struct ConfigurationDocumentTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let begin =
        "<!-- keys: written from the code by ConfigurationDocumentTests -->\n"
    private static let end = "<!-- end of keys -->\n"

    @Test func `every key stands in docs/CONFIGURATION.md with its kind, default and meaning`()
        throws
    {
        let url = Self.root.appendingPathComponent("docs/CONFIGURATION.md")
        var text = try String(contentsOf: url, encoding: .utf8)
        let first = try #require(text.range(of: Self.begin))
        let last = try #require(text.range(of: Self.end))
        let range = first.upperBound..<last.lowerBound
        let wanted = "\n" + ConfigurationReference.markdown
        if ProcessInfo.processInfo.environment["GATEHOUSE_WRITE_DOCS"] != nil {
            text.replaceSubrange(range, with: wanted)
            try text.write(to: url, atomically: true, encoding: .utf8)
            return
        }
        #expect(
            text[range] == wanted,
            "run: GATEHOUSE_WRITE_DOCS=1 swift test --filter ConfigurationDocumentTests")
    }

    @Test func `every key has a meaning that is a sentence`() {
        let keys = ConfigurationReference.keys
        print("configuration keys: \(keys.count)")
        #expect(keys.count > 80)
        for (path, key) in keys {
            #expect(key.meaning.hasSuffix(".") && key.meaning.count > 10, "\(path)")
            #expect(!key.kind.isEmpty && key.fallback != "``", "\(path)")
        }
        #expect(Set(keys.map(\.path)).count == keys.count)
    }

    /// Examples in the document are configurations: each is read.
    @Test func `every example in the document is valid`() throws {
        let url = Self.root.appendingPathComponent("docs/CONFIGURATION.md")
        let text = try String(contentsOf: url, encoding: .utf8)
        let examples = text.components(separatedBy: "```yaml\n").dropFirst()
            .map { $0.components(separatedBy: "```")[0] }
        print("configuration examples: \(examples.count)")
        #expect(examples.count >= 4)
        for example in examples {
            let full = example.contains("routes:") ? example : example + Fixture.routes
            do throws(ConfigurationIssues) {
                _ = try Fixture.read(full)
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    @Test func `the starter is valid and warns of its shared secret alone`() throws {
        let file = try Fixture.read(Starter.text)
        #expect(
            file.warnings.filter { $0.severity == .warning }.map(\.problem)
                == ["a shared secret checks tokens"])
        #expect(file.configuration.routes.count == 4)
    }

    @Test func `what the starter shows behind a # is valid too`() throws {
        let text = Starter.text.components(separatedBy: "\n").map { line -> String in
            let indentation = line.prefix { $0 == " " }
            let rest = line.dropFirst(indentation.count)
            // `# ` begins a sentence, `#` a key; keys below one keep their own spaces.
            guard rest.hasPrefix("#") else { return line }
            let key = rest.dropFirst()
            return key.hasPrefix("  ") || !key.hasPrefix(" ") ? String(indentation + key) : line
        }.joined(separator: "\n")
        let configuration = try Fixture.read(text).configuration
        #expect(configuration.cors != nil)
        #expect(configuration.upstreams[0].health != nil)
        #expect(configuration.headers.page == [.init(name: "x-frame-options", value: "DENY")])
    }

    @Test func `the starter names every section`() {
        for key in Configuration.section.names {
            #expect(
                Starter.text.contains("\n\(key):") || Starter.text.contains("\n#\(key):"), "\(key)")
        }
    }

    /// `#key: value` in the starter claims a default: the code must agree.
    @Test func `defaults that the starter shows are the code's`() throws {
        let shown = Starter.text.components(separatedBy: "\n").filter {
            $0.hasPrefix("#connections") || $0.hasPrefix("#http") || $0.hasPrefix("#timeouts")
                || $0.hasPrefix("#log") || $0.hasPrefix("#admin") || $0.hasPrefix("#identity")
        }
        #expect(shown.count == 6)
        let text = shown.map { $0.dropFirst() + "\n" }.joined() + Fixture.routes
        let read = try Fixture.read(text).configuration
        let fallback = Configuration()
        #expect(String(reflecting: read.connections) == String(reflecting: fallback.connections))
        #expect(String(reflecting: read.http) == String(reflecting: fallback.http))
        #expect(String(reflecting: read.timeouts) == String(reflecting: fallback.timeouts))
        #expect(String(reflecting: read.log) == String(reflecting: fallback.log))
        #expect(String(reflecting: read.admin) == String(reflecting: fallback.admin))
        #expect(String(reflecting: read.identity) == String(reflecting: fallback.identity))
    }
}
