import GatehouseCore

@testable import GatehouseValidation

/// Numbers from a seed, so that a failure can be had again.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// Traffic for tests.
enum LearningFixture {
    static func traffic() -> OpenAPITraffic {
        OpenAPITraffic { $0.contains("password") || $0.contains("token") }
    }

    /// An exchange; `target` may have a query.
    static func exchange(
        _ method: String = "GET", _ target: String, client: UInt64 = 1, body: String? = nil,
        type: String = "application/json", answer: String? = nil, status: Int = 200,
        template: String = "/*"
    ) -> ObservedExchange {
        let sides = target.split(separator: "?", maxSplits: 1)
        var exchange = ObservedExchange(
            method: method, path: String(sides[0]), template: template,
            query: sides.count > 1 ? String(sides[1]) : nil)
        exchange.client = client
        exchange.time = 1_700_000_000
        exchange.status = status
        if let body { exchange.body = .init(mediaType: type, bytes: Array(body.utf8)) }
        if let answer {
            exchange.answer = .init(mediaType: "application/json", bytes: Array(answer.utf8))
        }
        return exchange
    }

    static func rules(clients: Int = 3, requests: Int = 1) -> ProposalRules {
        var rules = ProposalRules()
        rules.clientsMin = clients
        rules.requestsMin = requests
        return rules
    }

    /// The document that traffic comes to, compiled without any warning.
    static func document(
        _ traffic: OpenAPITraffic, _ rules: ProposalRules = rules()
    ) throws -> (tree: DocumentTree, document: OpenAPIDocument) {
        let tree = OpenAPIProposal(traffic, rules).document
        return (tree, try OpenAPIDocument(tree.json().raw))
    }

    /// What is wrong with an exchange by a document: empty if it is let through.
    static func issues(_ exchange: ObservedExchange, _ document: OpenAPIDocument) -> [String] {
        guard
            case .operation(let match) = document.operation(
                method: exchange.method, path: exchange.path)
        else { return ["undeclared operation"] }
        var scratch = OpenAPIScratch()
        var found = match.operation.parameterIssues(
            path: match.values, query: exchange.query ?? "", headers: exchange.headers,
            cookies: exchange.cookies, using: &scratch
        ).map { "\($0.pointer) \($0.keyword)" }
        let bytes = exchange.body?.bytes ?? []
        let verdict = match.operation.bodyVerdict(
            bytes.raw, mediaType: exchange.body?.mediaType, using: &scratch)
        if verdict != .accepted { found.append("body: \(verdict)") }
        if let answer = exchange.answer, let json = answer.bytes {
            let verdict = match.operation.responseVerdict(
                status: exchange.status, mediaType: answer.mediaType, body: json.raw,
                using: &scratch)
            if verdict != .accepted { found.append("answer: \(verdict)") }
        }
        return found
    }
}

extension DocumentTree {
    /// A place by the names on the way.
    func at(_ names: String...) -> DocumentTree? {
        var place: DocumentTree? = self
        for name in names {
            if let index = Int(name), case .array(let elements)? = place {
                place = elements.indices.contains(index) ? elements[index] : nil
            } else {
                place = place?[name]
            }
        }
        return place
    }

    var paths: [String] { self["paths"]?.members.map(\.name) ?? [] }
}
