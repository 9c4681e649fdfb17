import Foundation
import GatehouseCore
import Testing

@testable import GatehouseValidation

private let folder =
    (ProcessInfo.processInfo.environment["GATEHOUSE_CONFORMANCE"] ?? "../shared/conformance")
    + "/joi"

/// Cases of Joi's own tests: a schema in `describe()` form, a value, the verdict, each error's type
/// and path, and the value that comes out.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: folder + "/joi_cases_dev.json")))
struct JoiConformanceTests {
    /// What is refused on purpose or can't be known from a description, by case number.
    private static let waivers: [ClosedRange<Int>: String] = [
        303...308: "`special` is a type of a program's extension; its code is not described",
        309...316: "`million` is a type of a program's extension; its code is not described",
        588...589: "`extended` is a type of a program's extension; its code is not described",
        1453...1453: "no list of top-level domains by default: it would be out of date next month",
    ]

    /// What holds for the importer in general.
    private static let refusals = [
        "silent conversion is off unless `Options.compatible` or `converts` asks for it",
        "`adjust`, `custom`, `external` and comparators are functions that no description has",
        "texts of rules that could show the value are not taken over: the catalogue's stand",
        "`stripUnknown`, `convert` and `abortEarly` of a schema hold inside it as in Joi",
    ]

    /// Cases that passed of each type; a change must not lose any.
    private static let reached = [
        "alternatives": 30, "any": 18, "array": 110, "binary": 6, "boolean": 77, "date": 71,
        "function": 6, "number": 181, "object": 808, "special": 0, "string": 2_316,
    ]

    private struct Score {
        var passed = 0
        var total = 0
    }

    private func cases() throws -> [SchemaValue] {
        let text = try Data(contentsOf: URL(fileURLWithPath: folder + "/joi_cases_dev.json"))
        let bytes = [UInt8](text)
        var limits = JSONLimits()
        limits.bytesMax = .mebibytes(16)
        limits.valuesMax = 10_000_000
        limits.depthMax = 64
        var tape = JSONTape()
        guard case .array(let cases) = SchemaValue(try tape.parse(bytes.raw, limits: limits)) else {
            return []
        }
        return cases
    }

    /// Every schema meets values that were made for others, as a hostile client would send them.
    @Test func `survives values that no schema was made for`() throws {
        let cases = try cases()
        var options = JoiSchema.Options.compatible
        options.compiled.work.stepsMax = 10_000
        var (ran, rewritten) = (0, 0)
        for (number, item) in cases.enumerated() {
            guard case .object(let fields) = item else { continue }
            let description = Array("\(JSON(fields["schema"] ?? .null))".utf8)
            var tape = JSONTape()
            guard let schema = try? JoiSchema.compile(tape.parse(description.raw), options: options)
            else { continue }
            for step in [1, 7, 61, 397, 1_009] {
                guard case .object(let other) = cases[(number + step * step) % cases.count] else {
                    continue
                }
                let bytes = Array("\(JSON(other["input"] ?? .null))".utf8)
                var values = JSONTape()
                let root = try values.parse(bytes.raw)
                ran += 1
                guard case .rewritten(let json) = schema.check(root) else { continue }
                rewritten += 1
                var again = JSONTape()
                _ = try again.parse(json.raw)
            }
        }
        print("Joi crossed: \(ran) values, \(rewritten) rewritten")
        #expect(ran > 0)
    }

    @Test func `exports Joi's schemas so that JSON Schema accepts the same`() throws {
        var (compared, lossy) = (0, 0)
        for (number, item) in try cases().enumerated() {
            guard case .object(let fields) = item, let input = fields["input"] else { continue }
            var importer = JoiImporter()
            guard let schema = try? Schema(importer.schema(fields["schema"] ?? .undefined)) else {
                continue
            }
            let export = schema.jsonSchema()
            guard export.losses.isEmpty else {
                lossy += 1
                continue
            }
            let exported = try JSONSchema(export.json.raw)
            let evaluation = SchemaEvaluation(
                limits: SchemaWork(), context: .object(SchemaObject()), now: 0)
            let isFit = !evaluation.run(input, schema.node, SchemaSettings()).fails
            let bytes = Array("\(JSON(input))".utf8)
            var tape = JSONTape()
            var scratch = SchemaScratch()
            let root = try tape.parse(bytes.raw)
            let isAccepted = exported.accepts(root, using: &scratch)
            #expect(
                isFit == isAccepted,
                "\(number): \(JSON(input)) by \(String(decoding: export.json, as: UTF8.self))")
            compared += 1
        }
        print("Joi exported: \(compared) cases compared, \(lossy) with losses left out")
        #expect(compared > 0)
    }

    @Test func `agrees with Joi on verdicts, errors, paths and values`() throws {
        let cases = try cases()
        var scores: [String: Score] = [:]
        var failures: [String] = []
        for (number, item) in cases.enumerated() {
            guard case .object(let joiCase) = item, case .object(let schema)? = joiCase["schema"]
            else { continue }
            let type = schema["type"]?.text?.string ?? "?"
            scores[type, default: Score()].total += 1
            if let fault = JoiCase(joiCase).fault() {
                let isWaived = Self.waivers.keys.contains { $0.contains(number) }
                if !isWaived { failures.append("\(number) \(type): \(fault)") }
            } else {
                scores[type, default: Score()].passed += 1
            }
        }
        for (type, score) in scores.sorted(by: { $0.key < $1.key }) {
            print("Joi \(type): \(score.passed) / \(score.total)")
        }
        let passed = scores.values.map(\.passed).reduce(0, +)
        print("Joi in all: \(passed) / \(cases.count)")
        for (numbers, reason) in Self.waivers.sorted(by: { $0.key.lowerBound < $1.key.lowerBound })
        {
            print("Joi cases \(numbers) waived: \(reason)")
        }
        for reason in Self.refusals { print("Joi import: \(reason)") }
        #expect(cases.count > 0)
        for (type, least) in Self.reached {
            #expect(scores[type]?.passed ?? 0 >= least, "\(type) fell")
        }
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    }
}

/// One case of the corpus.
struct JoiCase {
    let fields: SchemaObject

    init(_ fields: SchemaObject) { self.fields = fields }

    /// How we differ from Joi; nil if we don't.
    func fault() -> String? {
        do throws(JoiImportError) {
            var importer = JoiImporter()
            let definition = try importer.schema(fields["schema"] ?? .undefined)
            let node = SchemaNode(definition)
            if let problem = SchemaProblems.all(in: node).first { return problem.why }
            return compare(node)
        } catch { return "import: \(error)" }
    }

    private func compare(_ node: SchemaNode) -> String? {
        var settings = SchemaSettings()
        settings.converts = true
        settings.abortsEarly = true
        var context = SchemaValue.object(SchemaObject())
        if case .object(let preferences)? = fields["prefs"] {
            for (name, value) in zip(preferences.names, preferences.values) {
                let isOn = value == .bool(true)
                switch name.string {
                case "convert": settings.converts = isOn
                case "abortEarly": settings.abortsEarly = isOn
                case "noDefaults": settings.skipsDefaults = isOn
                case "context": context = value
                case "stripUnknown":
                    if case .object(let kinds) = value {
                        settings.stripsUnknownMembers = kinds["objects"] == .bool(true)
                        settings.stripsUnknownElements = kinds["arrays"] == .bool(true)
                    } else {
                        settings.stripsUnknownMembers = isOn
                    }
                case "nonEnumerables": break
                default: return "preference \(name.string)"
                }
            }
        }
        let evaluation = SchemaEvaluation(limits: SchemaWork(), context: context, now: 0)
        let input = fields["input"] ?? .undefined
        let outcome = evaluation.run(input, node, settings)
        let isExpectedToPass = fields["pass"] == .bool(true)
        let errors = outcome.reports.map { "\($0.code) \($0.pointer)" }
        guard outcome.fails != isExpectedToPass else {
            return "pass should be \(isExpectedToPass), errors \(errors)"
        }
        let expected = expectedErrors
        if errors != expected { return "errors \(errors), expected \(expected)" }
        if isExpectedToPass, fields["value_opaque"] == nil {
            let wanted = fields["value"] ?? .undefined
            guard outcome.value == wanted else { return "value \(outcome.value), wanted \(wanted)" }
        }
        return quickFault(node, input)
    }

    /// The quick check on the tape must never vouch for what the full evaluation refuses or
    /// changes.
    private func quickFault(_ node: SchemaNode, _ input: SchemaValue) -> String? {
        guard let direct = node.direct else { return nil }
        let settings = SchemaSettings()
        let bytes = Array("\(JSON(input))".utf8)
        var tape = JSONTape()
        guard let root = try? tape.parse(bytes.raw),
            direct.vouches(for: root, settings)
        else { return nil }
        let evaluation = SchemaEvaluation(
            limits: SchemaWork(), context: .object(SchemaObject()), now: 0)
        let outcome = evaluation.run(SchemaValue(root), node, settings)
        if outcome.fails { return "the quick check let through \(outcome.reports.map(\.code))" }
        return outcome.value == SchemaValue(root) ? nil : "the quick check missed a change"
    }

    private var expectedErrors: [String] {
        guard case .array(let details)? = fields["details"] else { return [] }
        return details.map { detail in
            guard case .object(let detail) = detail, case .array(let path)? = detail["path"] else {
                return "?"
            }
            let steps = path.map { step -> String in
                if case .number(let number) = step { return "/\(number.integer ?? -1)" }
                let name = step.text?.string ?? "?"
                return "/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
            }
            return "\(detail["type"]?.text?.string ?? "?") \(steps.joined())"
        }
    }
}
