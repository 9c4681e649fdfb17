import GatehouseCore

extension Kind where Value == Configuration.Address {
    /// An IP address and a port to listen on.
    static var address: Kind {
        let name = "an IP address and a port, such as `127.0.0.1:8443` or `[::1]:8443`"
        return .scalar(name, write: { $0.description }) { text throws(Mismatch) in
            if let address = Configuration.Address(text) { return address }
            guard let (host, port) = NetworkText.split(text),
                NetworkText.port(port, in: 0...65_535) != nil
            else {
                let isPort =
                    NetworkText.port(String(text.drop { $0 == ":" }), in: 1...65_535) != nil
                if isPort {
                    throw Mismatch(suggestion: "write `127.0.0.1:\(text.drop { $0 == ":" })`")
                }
                let isSix = !text.hasPrefix("[") && NetworkText.isAddress(text)
                throw Mismatch(
                    suggestion: isSix ? "write an IPv6 address in brackets: `[::1]:8443`" : nil)
            }
            throw Mismatch(
                suggestion: host == "localhost"
                    ? "a name may mean several addresses: write `127.0.0.1:\(port)`" : nil)
        }
    }
}

extension Kind where Value == Configuration.UpstreamServer {
    /// Where an upstream answers.
    static var server: Kind {
        let name = "an address such as `http://127.0.0.1:3000` or `https://api.internal:8443`"
        return .scalar(name, write: { $0.description }) { text throws(Mismatch) in
            switch Configuration.UpstreamServer.parse(text) {
            case .success(let server): return server
            case .failure(let mismatch): throw mismatch
            }
        }
    }
}

extension Kind where Value == String {
    /// A network in CIDR form, or one address.
    static var network: Kind {
        .scalar("a network such as `10.0.0.0/8` or `fd00::/8`", write: { $0 }) {
            text throws(Mismatch) in
            guard let network = NetworkText.network(text) else { throw Mismatch() }
            let isWhole = text.contains("/")
            let bits = text.split(separator: "/").first.flatMap { NetworkText.bits(String($0)) }
            let kept = network.split(separator: "/").first.flatMap { NetworkText.bits(String($0)) }
            guard !isWhole || bits == kept else {
                throw Mismatch(
                    problem: "bits set beyond the prefix", suggestion: "did you mean `\(network)`?")
            }
            return network
        }
    }

    /// A host that requests name, in lower case and without a port.
    static var host: Kind {
        .scalar("a host name or an IP address", write: { $0 }) { text throws(Mismatch) in
            let lowered = text.lowercased()
            let inner =
                lowered.hasPrefix("[") && lowered.hasSuffix("]")
                ? String(lowered.dropFirst().dropLast()) : lowered
            if NetworkText.isAddress(inner) {
                return inner.contains(":") ? "[\(inner)]" : inner
            }
            if NetworkText.isHostName(lowered) { return lowered }
            if lowered.contains("://") {
                throw Mismatch(suggestion: "write the name alone, without a scheme")
            }
            if lowered.hasPrefix("*") {
                throw Mismatch(suggestion: "wildcards are not supported: list each name")
            }
            if lowered.hasSuffix(".") {
                throw Mismatch(suggestion: "write the name without the final dot")
            }
            if let name = NetworkText.split(lowered)?.host {
                throw Mismatch(suggestion: "write `\(name)`: listeners name the ports")
            }
            throw Mismatch(
                suggestion: lowered.utf8.contains { $0 >= 0x80 }
                    ? "write an international name in its `xn--` form" : nil)
        }
    }

    /// A browser's origin: scheme, host and port, nothing else; `*` for all.
    static var origin: Kind {
        .scalar("an origin such as `https://app.example.com`", write: { $0 }) {
            text throws(Mismatch) in
            if text == "*" { return text }
            if text == "null" {
                throw Mismatch(suggestion: "any page can make itself `null`: name an origin")
            }
            guard let (scheme, rest) = text.schemeAndRest, scheme == "https" || scheme == "http"
            else {
                throw Mismatch(suggestion: "begin with `https://`")
            }
            if rest.contains("/") || rest.contains("?") || rest.contains("#") {
                let bare = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
                throw Mismatch(
                    problem: "an origin has no path", suggestion: "write `\(scheme)://\(bare)`")
            }
            if rest != rest.lowercased() {
                throw Mismatch(suggestion: "browsers send `\(scheme)://\(rest.lowercased())`")
            }
            let bare = rest.hasPrefix("*.") ? String(rest.dropFirst(2)) : rest
            guard let authority = Authority(bare, defaultPort: scheme == "https" ? 443 : 80) else {
                throw Mismatch()
            }
            if authority.isDefaultPortWritten {
                throw Mismatch(suggestion: "browsers leave the default port out")
            }
            return text
        }
    }
}

/// `host`, `host:port` or `[v6]:port`.
struct Authority {
    let host: String
    let port: Int
    let isDefaultPortWritten: Bool

    init?(_ text: String, defaultPort: Int) {
        var host = text
        port =
            if let split = NetworkText.split(text) {
                NetworkText.port(split.port, in: 1...65_535) ?? -1
            } else {
                defaultPort
            }
        let isWritten = NetworkText.split(text) != nil
        if let split = NetworkText.split(text) { host = split.host }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard port > 0, NetworkText.isAddress(host) || NetworkText.isHostName(host) else {
            return nil
        }
        guard !host.contains(":") || text.hasPrefix("[") else { return nil }
        self.host = host
        isDefaultPortWritten = isWritten && port == defaultPort
    }
}

extension String {
    /// Around the first `://`.
    var schemeAndRest: (scheme: String, rest: String)? {
        let bytes = Array(utf8)
        guard bytes.count > 3 else { return nil }
        for index in 0...(bytes.count - 3)
        where bytes[index] == 0x3A && bytes[index + 1] == 0x2F && bytes[index + 2] == 0x2F {
            return (
                String(decoding: bytes[..<index], as: UTF8.self),
                String(decoding: bytes[(index + 3)...], as: UTF8.self)
            )
        }
        return nil
    }
}
