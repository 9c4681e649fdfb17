import GatehouseCore

/// An origin as browsers serialise it (RFC 6454 section 6.2): `https://app.example.com`, or a
/// pattern `https://*.example.com` that stands for one or more labels before the dot.
struct WebOrigin: Hashable, Sendable {
    /// `https` or `http`.
    let scheme: String
    /// The host; for a pattern what follows `*.`.
    let host: String
    /// The port, if it is not the scheme's own.
    let port: Int?
    /// Whether it is a pattern.
    let isPattern: Bool

    /// As browsers write it.
    var text: String {
        "\(scheme)://\(isPattern ? "*." : "")\(host)" + (port.map { ":\($0)" } ?? "")
    }

    /// Reads an origin from a configuration; whatever browsers would never send is refused, since
    /// it could never match.
    init(_ text: String, key: String) throws(ConfigurationError) {
        func refuse(_ why: String) -> ConfigurationError {
            .invalid(key, "\"\(text)\" \(why)")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw refuse(
                "holds spaces or letters beyond ASCII; write xn--… for international names")
        }
        guard !text.isEmpty else { throw refuse("is empty; remove it") }
        guard !text.contains(",") else {
            throw refuse("joins several origins; list them one by one")
        }
        guard text.lowercased() != "null" else {
            throw refuse("is what sandboxes and files send: anybody can be null; name an origin")
        }
        guard text == text.lowercased() else {
            throw refuse("has capitals; browsers send \(text.lowercased())")
        }
        guard let mark = text.firstRange(of: "://") else {
            throw refuse("has no scheme; write https://\(text)")
        }
        scheme = String(text[..<mark.lowerBound])
        guard scheme == "https" || scheme == "http" else {
            throw refuse("has a scheme other than https and http")
        }
        var authority = text[mark.upperBound...]
        guard !authority.contains(where: { "/?#\\".contains($0) }) else {
            let end = authority.firstIndex { "/?#\\".contains($0) } ?? authority.endIndex
            throw refuse("has a path or a trailing slash; write \(scheme)://\(authority[..<end])")
        }
        guard !authority.contains("@") else { throw refuse("has a user name; remove it") }
        isPattern = authority.hasPrefix("*.")
        if isPattern { authority = authority.dropFirst(2) }
        var port: Int?
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            let digits = authority[authority.index(after: colon)...]
            guard let number = UInt16(digits), number > 0, "\(number)" == digits else {
                throw refuse("has a port that is no number from 1 to 65535")
            }
            port = Int(number)
            authority = authority[..<colon]
        }
        host = String(authority)
        self.port = port
        guard !host.contains("*") else {
            throw refuse("may have * only as the whole first label, as in https://*.example.com")
        }
        guard !host.hasSuffix(".") else { throw refuse("ends in a dot; remove it") }
        guard HostName.isValid(host) else { throw refuse("has no valid host name") }
        if isPattern, HostName.isIPv4(host) || host.hasPrefix("[") {
            throw refuse("is a pattern over an address; addresses have no subdomains")
        }
        if port == (scheme == "https" ? 443 : 80) {
            throw refuse("names the scheme's own port, which browsers leave out; remove it")
        }
    }
}
