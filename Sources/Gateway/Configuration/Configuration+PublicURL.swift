extension Configuration {
    /// Where clients reach the gate: the first host, and the port of redirects or of the first
    /// listener with TLS.
    var publicOrigin: String {
        let secure = listeners.first { $0.protocol == .https }
        let redirect = listeners.first { $0.protocol == .redirect }
        let port = redirect?.redirectPort ?? secure?.address.port ?? 443
        let host = hosts.first ?? "localhost"
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        return "https://\(name)" + (port == 443 ? "" : ":\(port)")
    }

    /// What links in mails begin with.
    var publicURL: String { accounts?.url ?? publicOrigin }

    /// The limits as they are in force. Where the gate keeps accounts, sign-in has counters of its
    /// own, and `/auth/` is also asked for what is no guess: its standard limit is wider then.
    var limitsInForce: [RateLimit] {
        guard accounts != nil else { return limits }
        return limits.map { limit in
            guard limit.name == "auth", limit.quota == 10, limit.window == .seconds(900) else {
                return limit
            }
            var wider = limit
            wider.quota = 60
            wider.window = .seconds(60)
            return wider
        }
    }
}
