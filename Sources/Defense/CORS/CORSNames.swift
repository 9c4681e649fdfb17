import GatehouseCore
import GatehouseHTTP

/// Checks the names of methods and headers that CORS may list.
enum CORSNames {
    /// Exposed always, so that a page can obey a limit and report a failure (PITFALLS 89).
    static let alwaysExposed = ["RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"]

    static func checked(_ methods: [Method]) throws(ConfigurationError) -> [Method] {
        for method in methods {
            let text = method.rawValue
            guard text.isToken, text != "*" else {
                throw .invalid("methods", "\"\(text)\" is no method; name them one by one")
            }
            guard text == text.uppercased() else {
                throw .invalid("methods", "\"\(text)\" never matches; write \(text.uppercased())")
            }
            guard !["CONNECT", "TRACE", "TRACK"].contains(text) else {
                throw .invalid("methods", "browsers never send \(text); remove it")
            }
        }
        guard !methods.isEmpty else { throw .invalid("methods", "names no method") }
        if let twice = methods.map(\.rawValue).firstDuplicate {
            throw .invalid("methods", "\(twice) stands twice; remove one")
        }
        return methods
    }

    static func checkedHeaders(_ names: [String]) throws(ConfigurationError) -> [String] {
        try checkNames(names, "headers")
        for name in names.map({ $0.lowercased() }) {
            let isForbidden =
                forbidden.contains(name) || name.hasPrefix("proxy-") || name.hasPrefix("sec-")
                || name.hasPrefix("access-control-")
            guard !isForbidden else {
                throw .invalid("headers", "no page can set \(name); remove it")
            }
        }
        return names.map { $0.lowercased() }.sorted()
    }

    static func checkedExposed(_ names: [String]) throws(ConfigurationError) -> [String] {
        try checkNames(names, "expose")
        for name in names where ["set-cookie", "set-cookie2"].contains(name.lowercased()) {
            throw .invalid("expose", "browsers never show \(name) to pages; remove it")
        }
        let lower = names.map { $0.lowercased() }
        return alwaysExposed.filter { !lower.contains($0.lowercased()) } + names
    }

    private static func checkNames(
        _ names: [String], _ key: String
    ) throws(ConfigurationError) {
        guard names.count <= CORSRules.namesMax else {
            throw .invalid(key, "names more than \(CORSRules.namesMax) headers")
        }
        for name in names {
            guard name != "*" else {
                throw .invalid(key, "* is no wildcard with credentials; name the headers")
            }
            guard name.isToken else { throw .invalid(key, "\"\(name)\" is no header name") }
        }
        if let twice = names.map({ $0.lowercased() }).firstDuplicate {
            throw .invalid(key, "\(twice) stands twice; remove one")
        }
    }

    /// Request headers that pages can't set (Fetch, section 2.2.2).
    private static let forbidden: Set<String> = [
        "accept-charset", "accept-encoding", "connection", "content-length", "cookie", "cookie2",
        "date", "dnt", "expect", "host", "keep-alive", "origin", "referer", "set-cookie", "te",
        "trailer", "transfer-encoding", "upgrade", "via",
    ]
}
