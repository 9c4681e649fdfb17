/// A path template with all that is known of its operations.
struct ObservedTemplate: Sendable {
    /// `/users/{id}`
    var path: String
    var parameters: [(name: String, value: ObservedValue)]
    var operations: [String: ObservedOperation]
}

extension ObservedPath {
    /// Rare literal segments beside each other that are values of one parameter.
    private static let rareMin = 8

    /// All templates at this segment and below. No deeper than a path has segments.
    func templates(_ rules: ProposalRules) -> [ObservedTemplate] {
        var all: [ObservedTemplate] = []
        collect("", [], rules, into: &all)
        return all.sorted { $0.path < $1.path }
    }

    private func collect(
        _ path: String, _ parameters: [(name: String, value: ObservedValue)],
        _ rules: ProposalRules, into all: inout [ObservedTemplate]
    ) {
        if !operations.isEmpty {
            all.append(
                ObservedTemplate(
                    path: path.isEmpty ? "/" : path, parameters: parameters,
                    operations: operations))
        }
        let merged = mergingRare(rules)
        for (text, next) in merged.literals {
            next.collect(path + "/" + Self.escaped(text), parameters, rules, into: &all)
        }
        guard let next = merged.parameter.first else { return }
        let name = Self.free(next.name ?? "id", among: parameters.map(\.name))
        next.collect(
            path + "/{\(name)}", parameters + [(name, next.value)], rules, into: &all)
    }

    /// Texts that each came too seldom, and are very many together, are values.
    private func mergingRare(_ rules: ProposalRules) -> ObservedPath {
        let rare = literals.filter { text, next in
            !text.isEmpty
                && (next.requests < rules.requestsMin || next.clients.count < rules.clientsMin)
        }
        guard rare.count >= Self.rareMin else { return self }
        var merged = self
        for (text, next) in rare.sorted(by: { $0.key < $1.key }) {
            merged.literals[text] = nil
            merged.absorb(next, text)
        }
        return merged
    }

    private static func free(_ name: String, among names: [String]) -> String {
        guard names.contains(name) else { return name }
        var number = 2
        // Ends: there are no more names than segments of a path.
        while names.contains(name + String(number)) { number += 1 }
        return name + String(number)
    }

    /// A segment's text as a template writes it: braces would be a parameter.
    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x7B || $0 == 0x7D || $0 == 0x25 || $0 == 0x2F })
        else { return text }
        return text.utf8.map { byte in
            switch byte {
            case 0x7B, 0x7D, 0x25, 0x2F: "%" + String(byte, radix: 16, uppercase: true)
            default: String(UnicodeScalar(byte))
            }
        }.joined()
    }
}
