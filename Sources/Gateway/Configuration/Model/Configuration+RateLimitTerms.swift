import GatehouseCore
import GatehouseDefense
import GatehouseHTTP

extension RateLimitPolicy.SlowDown {
    static let section = Section<Self>(
        "`slow-down`", Self(after: 0, delay: .milliseconds(200)),
        [
            Field(
                "after", \.after, .integer(0...1_000_000),
                "Requests of a window that wait for nothing.", isRequired: true),
            Field(
                "delay", \.delay, .duration(.milliseconds(1)...(.seconds(60))),
                "How long the first request beyond waits."),
            Field(
                "grow", \.growth, .choice,
                "How waits grow: by one delay a request, or twice as long with each."),
            Field(
                "delay-max", \.delayMax, .duration(.milliseconds(1)...(.seconds(60))),
                "The longest wait."),
            Field(
                "held-max", \.heldMax, .integer(1...100_000),
                "Requests that wait at once; what comes on top is refused."),
            Field(
                "held-max-per-client", \.heldPerClientMax, .integer(1...100_000),
                "Requests of one client that wait at once; what comes on top is refused."),
        ])
}

extension RateLimitPolicy.NetworkBits {
    static let section = Section<Self>(
        "`network`", Self(),
        [
            Field("ipv4", \.ipv4, .integer(8...32), "First bits of an IPv4 address."),
            Field("ipv6", \.ipv6, .integer(16...64), "First bits of an IPv6 address."),
        ])
}

extension RateLimitPolicy.Tier {
    private struct Draft {
        var role: String?
        var claim: [(name: String, value: String)] = []
        var quota = 1
    }

    /// One claim and its value.
    private static let claim = Kind<[(name: String, value: String)]>(
        "a claim and its value, `{ plan: pro }`", write: { _ in "none" }
    ) { node, decoding in
        guard case .mapping(let entries) = node.content, entries.count == 1,
            case .scalar(let value, _) = entries[0].value.content,
            (1...256).contains(value.utf8.count), (1...256).contains(entries[0].key.utf8.count)
        else {
            decoding.refuse(node, "wrong kind of value", expected: "one claim, `{ plan: pro }`")
            return nil
        }
        return [(entries[0].key, value)]
    }

    private static let draft = Section<Draft>(
        "a tier", Draft(),
        [
            Field("role", \.role, Kind<String>.grant.optional, "Callers with this role."),
            Field(
                "claim", \.claim, claim,
                "Callers whose token has this claim with this text, `{ plan: pro }`."),
            Field(
                "quota", \.quota, .integer(1...1_000_000_000), "Their quota.", isRequired: true),
        ]
    ) { draft, node, decoding in
        if (draft.role == nil) == draft.claim.isEmpty {
            decoding.refuse(
                node, "a tier for nobody in particular",
                found: draft.role == nil ? "neither `role` nor `claim`" : "`role` and `claim`",
                expected: "one of `role` and `claim`")
        }
    }

    static let kind = Kind<Self>(
        "a mapping", inner: draft.reference, write: { $0.description },
        read: { node, decoding in
            guard let draft = draft.read(node, &decoding) else { return nil }
            if let role = draft.role { return Self(.role(role), quota: draft.quota) }
            guard let claim = draft.claim.first else { return nil }
            return Self(.claim(claim.name, claim.value), quota: draft.quota)
        })
}

extension Kind where Value == Double {
    /// A part of a whole: `0.5`.
    static var share: Kind {
        .scalar("a share from 0.01 to 1", write: { "\($0)" }) { text throws(Mismatch) in
            let digits = text.split(separator: ".", omittingEmptySubsequences: false)
            guard digits.count <= 2, text.utf8.count <= 6,
                digits.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) }),
                let value = Double(text)
            else { throw Mismatch() }
            guard (0.01...1).contains(value) else { throw Mismatch(problem: "out of range") }
            return value
        }
    }
}

extension Kind where Value == RateLimitPolicy.Methods {
    /// All, those that read, those that write, or a list.
    static var limitMethods: Kind {
        let list = Kind<[Method]>.methods
        let name = "`all`, `read`, `write`, or a list of methods"
        return Kind(
            name,
            write: { methods in
                switch methods {
                case .all: "all"
                case .read: "read"
                case .write: "write"
                case .only(let methods): list.write(methods)
                }
            },
            read: { node, decoding in
                if case .sequence = node.content {
                    return list.read(node, &decoding).map { .only($0) }
                }
                guard let text = node.value(name, &decoding) else { return nil }
                switch text {
                case "all": return .all
                case "read": return .read
                case "write": return .write
                default:
                    let near = Nearest.match(text, in: ["all", "read", "write"])
                    decoding.refuse(
                        node, "invalid value", expected: name,
                        suggestion: near.map { "write `\($0)`" })
                    return nil
                }
            })
    }
}

extension Kind where Value == RateLimitPolicy.Scope {
    static var scope: Kind {
        let words = ["everywhere", "named"]
        let prefixes = Kind<[String]>.unique(of: .prefix, "path prefixes", in: 1...100)
        let name = "`everywhere`, `named`, or \(prefixes.name)"
        return Kind(
            name,
            write: { scope in
                switch scope {
                case .everywhere: "everywhere"
                case .named: "named"
                case .prefixes(let list): prefixes.write(list)
                }
            },
            read: { node, decoding in
                if case .sequence = node.content {
                    return prefixes.read(node, &decoding).map { .prefixes($0) }
                }
                guard let text = node.value(name, &decoding) else { return nil }
                if text == "everywhere" { return .everywhere }
                if text == "named" { return .named }
                let near = Nearest.match(text, in: words).map { "write `\($0)`" }
                decoding.refuse(
                    node, "invalid value", expected: name,
                    suggestion: near
                        ?? (text.hasPrefix("/") ? "write `[\(text.printable(max: 60))]`" : nil))
                return nil
            })
    }
}
