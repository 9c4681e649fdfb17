import Foundation
import GatehouseCore
import GatehouseValidation
import Testing

private let folder =
    (ProcessInfo.processInfo.environment["GATEHOUSE_CONFORMANCE"] ?? "../shared/conformance")
    + "/json-schema"

/// JSON-Schema-Test-Suite: every file of 2020-12 and draft-07, required and optional.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: folder)))
struct SchemaConformanceTests {
    /// `file: group: test` of what we answer otherwise, and why.
    private static let waived: [String: String] = {
        let content = "optional/content.json: validation of "
        let reason =
            "content keywords are annotations (2020-12 section 8); decoding is the caller's"
        return [
            content + "string-encoded content based on media type: an invalid JSON document",
            content + "binary string-encoding: an invalid base64 string "
                + "(% is not a valid character)",
            content + "binary-encoded media type documents: "
                + "a validly-encoded invalid JSON document",
            content + "binary-encoded media type documents: "
                + "an invalid base64 string that is valid JSON",
        ].reduce(into: [:]) { $0[$1] = reason }
    }()

    @Test(arguments: ["draft2020-12", "draft7"])
    func `agrees with the suite`(_ draft: String) throws {
        let registry = try remotes()
        var counts = ["required": 0, "optional": 0, "format": 0]
        var waived = 0
        for file in try files("\(folder)/\(draft)") {
            let kind =
                file.hasPrefix("optional/format/")
                ? "format" : file.hasPrefix("optional/") ? "optional" : "required"
            var options = SchemaOptions()
            options.formats = kind == "format" ? .assertion : .annotation
            options.dialect = draft == "draft7" ? .draft7 : .draft2020
            let bytes = [UInt8](
                try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(draft)/\(file)")))
            var tape = JSONTape()
            var groups = try tape.parse(bytes.raw, limits: options.json).elements
            while let group = groups.next() {
                let result = try run(group, file, registry, options)
                counts[kind, default: 0] += result.count
                waived += result.waived
            }
        }
        print("JSON-Schema-Test-Suite \(draft): \(counts), \(waived) waived")
        #expect(counts.values.allSatisfy { $0 > 0 })
        #expect(waived <= Self.waived.count)
    }

    private func run(
        _ group: JSONValue, _ file: String, _ registry: SchemaRegistry, _ options: SchemaOptions
    ) throws -> (count: Int, waived: Int) {
        let name = group["description"]?.string ?? ""
        let schema: JSONSchema
        do {
            schema = try JSONSchema(
                json(group["schema"]).raw, registry: registry, options: options)
        } catch {
            Issue.record("\(file): \(name): \(error)")
            return (0, 0)
        }
        var (count, waived) = (0, 0)
        var scratch = SchemaScratch()
        guard var tests = group["tests"]?.elements else { return (0, 0) }
        while let test = tests.next() {
            let id = "\(file): \(name): \(test["description"]?.string ?? "")"
            let text = json(test["data"])
            var tape = JSONTape()
            let value = try tape.parse(text.raw, limits: options.json)
            let expected = test["valid"]?.bool
            let isValid = schema.accepts(value, using: &scratch)
            count += 1
            if isValid != expected, Self.waived[id] != nil {
                waived += 1
                continue
            }
            #expect(isValid == expected, "\(id)")
            let issues = schema.issues(in: value, using: &scratch)
            #expect(issues.isEmpty == isValid, "\(id): \(issues)")
        }
        return (count, waived)
    }

    /// A value's text, as it stands.
    private func json(_ value: JSONValue?) -> [UInt8] {
        guard let value else { return [] }
        return value.kind == .string ? [0x22] + value.text.array + [0x22] : value.text.array
    }

    private func remotes() throws -> SchemaRegistry {
        var registry = SchemaRegistry()
        for file in try files("\(folder)/remotes") {
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/remotes/\(file)"))
            try registry.add([UInt8](data).raw, at: "http://localhost:1234/\(file)")
        }
        return registry
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".json") }.sorted()
    }
}
