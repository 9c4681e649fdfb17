import GatehouseCore
import Testing

@testable import GatehouseValidation

/// Whatever was learned from accepts what taught it.
@Suite struct LearnedSchemaTests {
    private typealias Fixture = LearningFixture

    /// A shape of JSON values, made by chance.
    private indirect enum Shape {
        case null, bool, integer(ClosedRange<Int>), decimal, text(ClosedRange<Int>), word([String])
        case uuid, date, moment, mail, address, link
        case list(Shape, Int)
        case record([(name: String, shape: Shape, isRequired: Bool)])
        case either(Shape, Shape)

        static func random(_ random: inout SeededNumbers, depth: Int) -> Shape {
            switch Int.random(in: 0..<(depth > 0 ? 17 : 12), using: &random) {
            case 0: return .bool
            case 1:
                let low = Int.random(in: -1_000...1_000, using: &random)
                return .integer(low...(low + Int.random(in: 0...100_000, using: &random)))
            case 2: return .integer(Int.min...Int.max)
            case 3: return .decimal
            case 4: return .text(0...Int.random(in: 1...60, using: &random))
            case 5: return .word(["red", "green", "blue"])
            case 6: return .uuid
            case 7: return .date
            case 8: return .moment
            case 9: return .mail
            case 10: return .address
            case 11: return .link
            case 12, 13:
                return .list(
                    self.random(&random, depth: depth - 1),
                    Int.random(in: 0...12, using: &random))
            case 14: return .either(self.random(&random, depth: depth - 1), .null)
            default:
                let names = ["id", "kind", "price", "at", "note", "items", "owner"]
                return .record(
                    names.prefix(Int.random(in: 1...7, using: &random)).map { name in
                        (
                            name, self.random(&random, depth: depth - 1),
                            Bool.random(using: &random)
                        )
                    })
            }
        }

        func value(_ random: inout SeededNumbers) -> String {
            func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
            func two(_ range: ClosedRange<Int>) -> String {
                let text = String(number(range))
                return text.count < 2 ? "0" + text : text
            }
            switch self {
            case .null: return "null"
            case .bool: return Bool.random(using: &random) ? "true" : "false"
            case .integer(let range): return "\(number(range))"
            case .decimal: return "\(number(-99...99)).\(number(0...999))"
            case .text(let range):
                let letters = ["a", "B", " ", "é", "漢", "\\n", "7", "-", "\\u0041", "😀"]
                return "\""
                    + (0..<number(range)).map { _ in letters.randomElement(using: &random)! }
                    .joined() + "\""
            case .word(let words): return "\"\(words.randomElement(using: &random)!)\""
            case .uuid: return "\"0190163d-8694-739b-aea5-966c26f8\(two(10...99))\(two(10...99))\""
            case .date: return "\"20\(two(10...30))-\(two(1...12))-\(two(1...28))\""
            case .moment:
                return "\"20\(two(10...30))-\(two(1...12))-\(two(1...28))T\(two(0...23)):00:00Z\""
            case .mail: return "\"a\(number(0...99_999))@example.org\""
            case .address: return "\"10.\(number(0...255)).\(number(0...255)).1\""
            case .link: return "\"https://example.org/\(number(0...99_999))\""
            case .list(let shape, let most):
                return "["
                    + (0..<number(0...most)).map { _ in shape.value(&random) }
                    .joined(separator: ",") + "]"
            case .record(let members):
                var parts: [String] = []
                for member in members where member.isRequired || Bool.random(using: &random) {
                    parts.append("\"\(member.name)\":\(member.shape.value(&random))")
                }
                return "{\(parts.joined(separator: ","))}"
            case .either(let left, let right):
                return Bool.random(using: &random) ? left.value(&random) : right.value(&random)
            }
        }
    }

    @Test func `refuses none of the values that it was learned from, and is bounded everywhere`()
        throws
    {
        let seed: UInt64 = 20_261
        var random = SeededNumbers(seed: seed)
        var values = 0
        for _ in 0..<150 {
            let shape = Shape.random(&random, depth: 4)
            let answer = Shape.random(&random, depth: 3)
            let query = Shape.random(&random, depth: 0)
            var exchanges: [ObservedExchange] = []
            for round in 0..<40 {
                var text = query.value(&random)
                if text.hasPrefix("\"") { text = String(text.dropFirst().dropLast()) }
                let encoded = text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }
                var exchange = Fixture.exchange(
                    "POST", "/things/\(round)?q=\(encoded.joined())\(round % 3 == 0 ? "&x=1" : "")",
                    client: UInt64(round % 3), body: shape.value(&random),
                    answer: answer.value(&random))
                if round % 2 == 0 { exchange.headers = [("x-tenant", "t\(round % 4)")] }
                exchange.cookies = [("theme", ["dark", "light"][round % 2])]
                exchanges.append(exchange)
            }
            var traffic = Fixture.traffic()
            for exchange in exchanges { traffic.observe(exchange) }
            // By one client all is known, since any may be the only one to have sent something.
            let (tree, document) = try Fixture.document(traffic, Fixture.rules(clients: 1))
            #expect(document.warnings.isEmpty, "\(document.warnings)")
            for exchange in exchanges {
                let issues = Fixture.issues(exchange, document)
                let body = String(decoding: exchange.body?.bytes ?? [], as: UTF8.self)
                #expect(issues.isEmpty, "\(issues): \(body) \(exchange.query ?? "")")
                values += 1
            }
            try expectNoDifference(traffic, tree)
        }
        print("learned schemas: \(values) exchanges accepted again, seed \(seed)")
    }

    /// A proposal does not differ from the traffic that it was made of, written and read again.
    private func expectNoDifference(_ traffic: OpenAPITraffic, _ tree: DocumentTree) throws {
        var rules = Fixture.rules(clients: 1)
        rules.hasMargin = false
        let seen = OpenAPIProposal(traffic, rules).document
        let found = OpenAPIComparison.differences(document: tree, traffic: seen)
        #expect(
            found.isEmpty,
            "\(found.map(\.description)) \(String(decoding: tree.json(), as: UTF8.self))")
        let stored = try DocumentTree(json: traffic.tree().json(), limits: SchemaOptions().json)
        let again = try #require(OpenAPITraffic(stored) { _ in false })
        #expect(OpenAPIProposal(again, Fixture.rules(clients: 1)).document == tree)
    }

    @Test func `refuses a stored tree that was changed into something else`() throws {
        var traffic = Fixture.traffic()
        for round in 0..<20 {
            traffic.observe(
                Fixture.exchange(
                    "POST", "/a/\(round)?b=\(round)", client: UInt64(round % 4),
                    body: #"{"c":[{"d":"e"}],"f":\#(round)}"#, answer: "[1]"))
        }
        let bytes = traffic.tree().json()
        var random = SeededNumbers(seed: 5)
        var refused = 0
        for _ in 0..<3_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<changed.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
                case 1: changed.remove(at: place)
                default: changed = Array(changed[..<place])
                }
                if changed.isEmpty { changed = [0x7B] }
            }
            guard let tree = try? DocumentTree(json: changed, limits: SchemaOptions().json),
                let read = OpenAPITraffic(tree, isSecret: { _ in false })
            else {
                refused += 1
                continue
            }
            // What is taken can be worked with.
            _ = try OpenAPIDocument(
                OpenAPIProposal(read, Fixture.rules()).document.json().raw)
        }
        #expect(refused > 1_500)
        print("stored traffic: \(refused) of 3000 changed texts refused, the others usable")
    }
}
