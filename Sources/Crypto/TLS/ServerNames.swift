import COpenSSL

/// Which certificate answers which host name (SNI, RFC 6066 section 3).
@safe final class ServerNames: Sendable {
    private let exact: [String: Int]
    /// Keyed by what follows `*.`.
    private let wildcard: [String: Int]
    /// Contexts of every group but the first, which is where sessions start.
    private let others: [TLSContextHandle]

    /// An earlier certificate wins over a later one; an exact name wins over a wildcard.
    init(_ groups: [CertificateGroup], others: [TLSContextHandle]) {
        var exact: [String: Int] = [:]
        var wildcard: [String: Int] = [:]
        for (index, group) in groups.enumerated() {
            for name in group.members[0].facts.names {
                if name.hasPrefix("*.") {
                    let parent = String(name.dropFirst(2))
                    if wildcard[parent] == nil { wildcard[parent] = index }
                } else if exact[name] == nil {
                    exact[name] = index
                }
            }
        }
        self.exact = exact
        self.wildcard = wildcard
        self.others = others
    }

    /// The group for a name: exact, else the wildcard one label up, else the first.
    func index(for name: String) -> Int {
        var name = name.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        if let index = exact[name] { return index }
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return 0 }
        return wildcard[String(name[name.index(after: dot)...])] ?? 0
    }

    /// Makes `context` choose by name; this object must outlive it.
    @unsafe func install(in context: OpaquePointer) {
        unsafe gh_SSL_CTX_set_servername(
            context,
            { ssl, _, argument in
                guard let argument = unsafe argument,
                    let name = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)
                else { return SSL_TLSEXT_ERR_NOACK }
                let names = unsafe Unmanaged<ServerNames>.fromOpaque(argument).takeUnretainedValue()
                let index = names.index(for: unsafe String(cString: name))
                if index > 0 { unsafe _ = SSL_set_SSL_CTX(ssl, names.others[index - 1].pointer) }
                return SSL_TLSEXT_ERR_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}
