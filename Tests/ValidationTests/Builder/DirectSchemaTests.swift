import GatehouseCore
import Testing

@testable import GatehouseValidation

/// The quick check on the tape against the full evaluation, on values made at random.
@Suite struct DirectSchemaTests {
    private static let schemas: [Schema] = [
        guideUser,
        .array(of: .integer(in: 0...5), .boolean).length(0...3),
        .object {
            Field("a", .string.valid("x", "y"))
            Field("b", .number.multiple(of: 0.5).positive())
            Field("c", .alternatives(.integer, .string.max(2), .any.valid(nil)))
            Field("d", .date.min("2020-01-01"))
            Field("e", .array(of: Schema.object { Field("x", .number.port()) }.unknown()))
        },
        .string.trimmed().lowercased().length(1...3).allow("", nil).invalid("b"),
        Schema.object { Field("a", .any.required()) }.unknown().max(2),
        .any.valid(1, "1", true, nil),
    ]

    @Test func `never vouches for what the full evaluation refuses or changes`() throws {
        var random = SystemRandomNumberGenerator()
        var vouched = 0
        var fitting = 0
        for schema in Self.schemas {
            let node = schema.node
            let direct = try #require(node.direct)
            for _ in 0..<4_000 {
                let bytes = Array("\(JSON(Self.value(&random, depth: 3)))".utf8)
                var tape = JSONTape()
                guard let root = try? tape.parse(bytes.raw) else { continue }
                let evaluation = SchemaEvaluation(
                    limits: SchemaWork(), context: .object(SchemaObject()), now: 0)
                let input = SchemaValue(root)
                let outcome = evaluation.run(input, node, SchemaSettings())
                let isUnchanged = !outcome.fails && outcome.value == input
                if isUnchanged { fitting += 1 }
                guard direct.vouches(for: root, SchemaSettings()) else { continue }
                vouched += 1
                #expect(isUnchanged, "\(String(decoding: bytes, as: UTF8.self))")
            }
        }
        print("quick check: vouched for \(vouched) of \(fitting) values that fit")
        #expect(vouched > 0)
    }

    private static let words = [
        "", "x", "X", "b", " a", "1", "ab", "abc", "2021-02-03", "2019-01-01", "ada@example.com",
        "correct horse", "\u{E9}",
    ]
    private static let names = ["a", "b", "c", "d", "e", "x", "email", "password", "name", "age"]

    private static func value(
        _ random: inout SystemRandomNumberGenerator, depth: Int
    ) -> SchemaValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .number(Int.random(in: -1...40, using: &random))
        case 3: return .number(Double(Int.random(in: -5...20, using: &random)) / 4)
        case 4: return .text(words.randomElement(using: &random) ?? "")
        case 5:
            return .array(
                (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    value(&random, depth: depth - 1)
                })
        default:
            var object = SchemaObject()
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let name = SchemaText(names.randomElement(using: &random) ?? "")
                object[name] = value(&random, depth: depth - 1)
            }
            return .object(object)
        }
    }
}
