package import GatehouseCore

/// Finds the declared route for a request. Literal segments beat `{name}`, which beats `*`; among
/// the patterns that match, the most specific one that takes the method and the host is chosen.
///
/// Paths are compared byte for byte and case-sensitively, after resolving percent escapes, which
/// `PathRules` has vetted. A look-up allocates nothing; only a refusal of the method does.
package struct Router: Sendable {
    /// What a look-up found.
    package enum Match {
        /// The route; `request.route` and `request.parameterRanges` are set.
        case found(Route)
        /// The path is declared, the method is not; the value of `Allow`.
        case methodNotAllowed(allow: [UInt8])
        /// No route declares the path for this host.
        case notFound
    }

    private struct Entry: Sendable {
        var method: Method
        /// Lower-case host name; empty for every host.
        var host: [UInt8]
        var route: Route
    }

    private var trie = RouteTrie()
    private var leaves: [[Entry]] = []

    /// Builds the table. Bad patterns and routes of which a request could mean either are refused.
    package init(routes: [Route]) throws(ConfigurationError) {
        for route in routes { try insert(route) }
        // Routes for a named host come before those for every host.
        for index in leaves.indices {
            leaves[index] =
                leaves[index].filter { !$0.host.isEmpty } + leaves[index].filter(\.host.isEmpty)
        }
    }

    /// Looks up the route for the head's method and path, and for `host` (a port is ignored).
    package func match(_ request: Request, host: RawSpan) -> Match {
        let head = request.head
        let path = head.bytes(head.path)
        request.route = nil
        request.parameterRanges.removeAll(keepingCapacity: true)
        guard path.byteCount > 0, path.byte(0) == 0x2F else { return .notFound }
        var search = Search(
            path: path, base: Int(head.path.start), host: host.withoutPort, method: head.method)
        if let route = find(0, 1, &search, &request.parameterRanges) {
            request.route = route
            return .found(route)
        }
        search.allowed = []
        _ = find(0, 1, &search, &request.parameterRanges)
        guard let allowed = search.allowed, !allowed.isEmpty else { return .notFound }
        return .methodNotAllowed(allow: Self.allow(allowed))
    }
}

extension Router {
    private struct Search: ~Escapable {
        let path: RawSpan
        let base: Int
        let host: RawSpan
        let method: Method
        /// Set when the methods of the path are collected instead of a route searched.
        var allowed: [Method]?

        @_lifetime(copy path, copy host)
        init(path: RawSpan, base: Int, host: RawSpan, method: Method) {
            self.path = path
            self.base = base
            self.host = host
            self.method = method
        }
    }

    /// Walks down from `node` with the segment that begins at `start`, the most specific way first.
    /// Each node of the tree is visited at most once, since the way to it fixes the position.
    private func find(
        _ node: Int, _ start: Int, _ search: inout Search, _ ranges: inout [ByteRange]
    ) -> Route? {
        let path = search.path
        var end = start
        var isEncoded = false
        while end < path.byteCount, path.byte(end) != 0x2F {
            if path.byte(end) == 0x25 { isEncoded = true }
            end &+= 1
        }
        let literal = trie.child(of: node, path, start, end, isEncoded: isEncoded)
        if literal >= 0, let route = descend(literal, end, &search, &ranges) { return route }
        let parameter = trie.nodes[node].parameter
        if parameter >= 0, end > start {
            ranges.append(ByteRange(start: search.base &+ start, count: end &- start))
            if let route = descend(parameter, end, &search, &ranges) { return route }
            ranges.removeLast()
        }
        let rest = trie.nodes[node].rest
        guard rest >= 0, let route = choose(rest, &search) else { return nil }
        ranges.append(
            ByteRange(start: search.base &+ start, count: path.byteCount &- start))
        return route
    }

    @inline(__always)
    private func descend(
        _ node: Int, _ end: Int, _ search: inout Search, _ ranges: inout [ByteRange]
    ) -> Route? {
        if end < search.path.byteCount { return find(node, end &+ 1, &search, &ranges) }
        let leaf = trie.nodes[node].leaf
        return leaf >= 0 ? choose(leaf, &search) : nil
    }

    /// The leaf's route for the method and host; HEAD is taken by GET routes too.
    private func choose(_ leaf: Int, _ search: inout Search) -> Route? {
        let entries = leaves[leaf]
        if search.allowed != nil {
            for entry in entries where search.host.isHost(entry.host) {
                search.allowed?.append(entry.method)
            }
            return nil
        }
        for entry in entries where entry.method == search.method {
            if search.host.isHost(entry.host) { return entry.route }
        }
        guard search.method == .head else { return nil }
        for entry in entries where entry.method == .get {
            if search.host.isHost(entry.host) { return entry.route }
        }
        return nil
    }

    /// `GET, HEAD, POST`: each once, HEAD with GET.
    private static func allow(_ methods: [Method]) -> [UInt8] {
        var all = Set(methods.map(\.rawValue))
        if all.contains("GET") { all.insert("HEAD") }
        return Array(all.sorted().joined(separator: ", ").utf8)
    }

    private mutating func insert(_ route: Route) throws(ConfigurationError) {
        let pattern = try RoutePattern(route.pattern)
        var node = 0
        var isRest = false
        for segment in pattern.segments {
            switch segment {
            case .literal(let bytes): node = trie.literal(bytes, under: node)
            case .parameter: node = trie.parameter(under: node)
            case .rest: isRest = true
            }
        }
        var leaf = isRest ? trie.nodes[node].rest : trie.nodes[node].leaf
        if leaf < 0 {
            leaf = leaves.count
            leaves.append([])
            trie.setLeaf(leaf, of: node, isRest: isRest)
        }
        try insert(route, into: leaf)
    }

    private mutating func insert(_ route: Route, into leaf: Int) throws(ConfigurationError) {
        guard !route.methods.isEmpty else {
            throw .invalid("methods", "'\(route.pattern)' takes no method; name at least one")
        }
        let hosts = try route.hosts.isEmpty ? [[]] : Self.hosts(of: route)
        for method in route.methods {
            guard !method.rawValue.isEmpty, method.rawValue.utf8.allSatisfy(\.isTokenByte),
                !method.isConnect
            else {
                throw .invalid("methods", "'\(method)' can't be routed; use a method such as GET")
            }
            for host in hosts {
                if let other = leaves[leaf].first(where: { $0.method == method && $0.host == host })
                {
                    throw Self.ambiguous(route, other.route, method)
                }
                leaves[leaf].append(Entry(method: method, host: host, route: route))
            }
        }
    }

    private static func ambiguous(
        _ route: Route, _ other: Route, _ method: Method
    ) -> ConfigurationError {
        if route === other {
            return .invalid("methods", "'\(route.pattern)' names \(method) or a host twice")
        }
        return .invalid(
            "path",
            "'\(route.pattern)' and '\(other.pattern)' match the same requests with \(method); "
                + "remove one, or give them different methods or hosts")
    }

    private static func hosts(of route: Route) throws(ConfigurationError) -> [[UInt8]] {
        var hosts: [[UInt8]] = []
        for host in route.hosts {
            let bytes = Array(host.lowercased().utf8)
            guard HostRules.isValid(bytes.raw, ByteRange(start: 0, count: bytes.count)),
                bytes.raw.withoutPort.byteCount == bytes.count
            else {
                throw .invalid(
                    "hosts", "'\(host)' is no host name; write it without scheme, port or path")
            }
            hosts.append(bytes)
        }
        return hosts
    }
}

extension RawSpan {
    /// A valid `Host` value without its port.
    var withoutPort: RawSpan {
        @_lifetime(copy self)
        get {
            var index = byteCount
            while index > 0, byte(index &- 1).isDigit { index &-= 1 }
            guard index > 0, byte(index &- 1) == 0x3A else { return self }
            // The last group of an IPv6 literal stands before `]`, so this colon is a port's.
            return extracting(0..<index &- 1)
        }
    }

    /// Whether this is the lower-case name `host`, or `host` is empty: every host.
    @inline(__always)
    fileprivate func isHost(_ host: [UInt8]) -> Bool {
        if host.isEmpty { return true }
        guard host.count == byteCount else { return false }
        for index in 0..<byteCount where byte(index).asciiLowercased != host[index] {
            return false
        }
        return true
    }
}
