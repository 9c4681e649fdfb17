import GatehouseCore

/// Compares an OpenAPI document with traffic, both ways.
package struct OpenAPIComparison {
    private let document: DocumentTree
    private let traffic: DocumentTree
    private let bases: [[Substring]]
    private var found: [OpenAPIDifference] = []

    private struct Operation {
        let method: String
        let path: String
        let tree: DocumentTree
        /// Parameters, those of the path included.
        let parameters: [DocumentTree]
        var name: String { "\(method) \(path)" }
        var segments: [Substring] {
            path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        }
    }

    /// All differences, in the order of the paths.
    /// - Parameter traffic: what `OpenAPIProposal` makes without margin.
    package static func differences(
        document: DocumentTree, traffic: DocumentTree
    ) -> [OpenAPIDifference] {
        var comparison = OpenAPIComparison(document, traffic)
        comparison.run()
        return comparison.found
    }

    private init(_ document: DocumentTree, _ traffic: DocumentTree) {
        self.document = document
        self.traffic = traffic
        let urls = document["servers"]?.elements.compactMap { $0["url"]?.string } ?? []
        bases =
            urls.map { url in
                let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
                let path = rest.firstIndex(of: "/").map { rest[$0...] } ?? ""
                return path.split(separator: "/")
            } + [[]]
    }

    private static let methods: Set<String> = [
        "get", "put", "post", "delete", "options", "head", "patch", "trace",
    ]

    private static func operations(_ root: DocumentTree) -> [Operation] {
        (root["paths"]?.members ?? []).filter { $0.name.hasPrefix("/") }.flatMap { item in
            let target = item.value.dereferenced(in: root)
            let common = target["parameters"]?.elements ?? []
            return target.members.filter { methods.contains($0.name) }.map { member in
                Operation(
                    method: member.name.uppercased(), path: item.name, tree: member.value,
                    parameters: (common + (member.value["parameters"]?.elements ?? []))
                        .map { $0.dereferenced(in: root) })
            }
        }
    }

    private mutating func run() {
        let declared = Self.operations(document)
        let seen = Self.operations(traffic)
        var pairs: [Int: [Operation]] = [:]
        for operation in seen {
            if let index = match(operation, declared) {
                pairs[index, default: []].append(operation)
            } else {
                found.append(
                    OpenAPIDifference(
                        kind: .undeclared, operation: operation.name, place: "",
                        aspect: "the operation"))
            }
        }
        for (index, operation) in declared.enumerated() {
            guard let partners = pairs[index] else {
                found.append(
                    OpenAPIDifference(
                        kind: .unseen, operation: operation.name, place: "",
                        aspect: "the operation"))
                continue
            }
            found += differences(operation, partners)
        }
    }

    /// What one path of traffic does not need, another may.
    private func differences(
        _ declared: Operation, _ seen: [Operation]
    ) -> [OpenAPIDifference] {
        let lists = seen.map { compare(declared, $0) }
        var known: Set<OpenAPIDifference> = []
        return lists.joined().filter { difference in
            guard known.insert(difference).inserted else { return false }
            guard difference.kind == .unseen || difference.kind == .looser else { return true }
            return lists.allSatisfy { $0.contains(difference) }
        }
    }

    /// The declared operation that a path of traffic belongs to: of the same shape, or the one with
    /// most literal text that takes it.
    private func match(_ seen: Operation, _ declared: [Operation]) -> Int? {
        var best: (index: Int, score: Int)?
        for (index, operation) in declared.enumerated() {
            guard
                operation.method == seen.method
                    || operation.method == "GET" && seen.method == "HEAD"
            else { continue }
            for base in bases where seen.segments.starts(with: base) {
                let rest = Array(seen.segments.dropFirst(base.count))
                guard let score = Self.score(rest, operation.segments) else { continue }
                if score > best?.score ?? -1 { best = (index, score) }
            }
        }
        return best?.index
    }

    /// How well a declared path takes one of traffic; nil for not at all.
    private static func score(_ seen: [Substring], _ declared: [Substring]) -> Int? {
        guard seen.count == declared.count else { return nil }
        var score = 0
        for (left, right) in zip(seen, declared) {
            let isValue = left.hasPrefix("{")
            if right.contains("{") {
                score += isValue ? 2 : 0
            } else {
                let text = String(left).percentDecoded ?? String(left)
                guard !isValue, text == right || left == right else { return nil }
                score += 2
            }
        }
        return score
    }

    // MARK: Operations

    private func compare(_ declared: Operation, _ seen: Operation) -> [OpenAPIDifference] {
        var schemas = SchemaComparison(root: document, operation: declared.name)
        parameters(declared, seen, &schemas)
        body(declared, seen, &schemas)
        answers(declared, seen, &schemas)
        security(declared, seen, &schemas)
        return schemas.found
    }

    private static func key(_ parameter: DocumentTree) -> String {
        let location = parameter["in"]?.string ?? ""
        let name = parameter["name"]?.string ?? ""
        return "\(location) \(location == "header" ? name.lowercased() : name)"
    }

    /// Parameters by place and name; those of the path by their segment, whatever they are called.
    private static func table(_ operation: Operation, from first: Int) -> [String: DocumentTree] {
        var table: [String: DocumentTree] = [:]
        for parameter in operation.parameters {
            var key = key(parameter)
            if parameter["in"]?.string == "path", let name = parameter["name"]?.string {
                let index = operation.segments.firstIndex { $0 == "{\(name)}" }
                guard let index else { continue }
                key = "path segment \(index - first + 1)"
            }
            table[key] = parameter
        }
        return table
    }

    private func parameters(
        _ declared: Operation, _ seen: Operation, _ schemas: inout SchemaComparison
    ) {
        let known = Self.table(declared, from: 0)
        let found = Self.table(seen, from: seen.segments.count - declared.segments.count)
        for (key, parameter) in found.sorted(by: { $0.key < $1.key }) {
            guard let own = known[key] else {
                if !key.hasPrefix("path ") { schemas.note(.undeclared, key, "the parameter") }
                continue
            }
            let isAsked = own["required"]?.isTrue == true
            let isAlways = parameter["required"]?.isTrue == true
            if isAsked != isAlways {
                schemas.note(
                    isAsked ? .tighter : .looser, key, "required",
                    document: isAsked ? "always" : "optional",
                    traffic: isAlways ? "always" : "not always")
            }
            if own["content"] == nil { schemas.compare(own["schema"], parameter["schema"], key) }
        }
        for (key, parameter) in known.sorted(by: { $0.key < $1.key }) where found[key] == nil {
            if key.hasPrefix("path ") { continue }
            let isAsked = parameter["required"]?.isTrue == true
            schemas.note(
                isAsked ? .tighter : .unseen, key, isAsked ? "required" : "the parameter")
        }
    }

    private func body(
        _ declared: Operation, _ seen: Operation, _ schemas: inout SchemaComparison
    ) {
        let own = declared.tree["requestBody"]?.dereferenced(in: document)
        let found = seen.tree["requestBody"]
        guard let found else {
            if let own {
                schemas.note(
                    own["required"]?.isTrue == true ? .tighter : .unseen, "body", "the body")
            }
            return
        }
        guard let own else { return schemas.note(.undeclared, "body", "the body") }
        let isAsked = own["required"]?.isTrue == true
        let isAlways = found["required"]?.isTrue == true
        if isAsked != isAlways {
            schemas.note(isAsked ? .tighter : .looser, "body", "required")
        }
        content(own["content"], found["content"], "body", &schemas)
    }

    private func content(
        _ declared: DocumentTree?, _ seen: DocumentTree?, _ place: String,
        _ schemas: inout SchemaComparison
    ) {
        var used: Set<String> = []
        for media in seen?.members ?? [] {
            let type = OpenAPIMediaRange(media.name)
            let own = (declared?.members ?? []).filter { member in
                guard let type, let range = OpenAPIMediaRange(member.name) else { return false }
                return range.contains(type)
            }.max { left, right in
                (OpenAPIMediaRange(left.name)?.precision ?? 0)
                    < (OpenAPIMediaRange(right.name)?.precision ?? 0)
            }
            let inner = "\(place) \(media.name)"
            guard let own else {
                schemas.note(.undeclared, inner, "the media type")
                continue
            }
            used.insert(own.name)
            if let schema = media.value["schema"] {
                schemas.compare(own.value["schema"], schema, inner)
            }
        }
        for media in declared?.members ?? [] where !used.contains(media.name) {
            schemas.note(.unseen, "\(place) \(media.name)", "the media type")
        }
    }

    private func answers(
        _ declared: Operation, _ seen: Operation, _ schemas: inout SchemaComparison
    ) {
        let own = declared.tree["responses"]?.members ?? []
        var used: Set<String> = []
        for answer in seen.tree["responses"]?.members ?? [] {
            let names = [answer.name, "\(answer.name.prefix(1))XX", "default"]
            let known = names.lazy.compactMap { name in own.first { $0.name == name } }.first
            let place = "response \(answer.name)"
            guard let known else {
                schemas.note(.undeclared, place, "the status")
                continue
            }
            used.insert(known.name)
            let target = known.value.dereferenced(in: document)
            content(target["content"], answer.value["content"], place, &schemas)
        }
        // Only good answers teach: of others nothing is known.
        for answer in own where "23".contains(answer.name.prefix(1)) && !used.contains(answer.name)
        {
            schemas.note(.unseen, "response \(answer.name)", "the status")
        }
    }

    private func security(
        _ declared: Operation, _ seen: Operation, _ schemas: inout SchemaComparison
    ) {
        func asks(_ list: DocumentTree?) -> Bool {
            let alternatives = list?.elements ?? []
            return !alternatives.isEmpty && !alternatives.contains { $0.members.isEmpty }
        }
        let isAsked = asks(declared.tree["security"] ?? document["security"])
        let isShown = asks(seen.tree["security"])
        guard isAsked != isShown else { return }
        schemas.note(
            isAsked ? .tighter : .looser, "security", "a credential",
            document: isAsked ? "always" : "not asked", traffic: isShown ? "always" : "not always")
    }
}
