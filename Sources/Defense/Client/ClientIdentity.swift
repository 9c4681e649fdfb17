package import GatehouseCore
package import GatehouseHTTP

/// Finds out who the client is behind trusted proxies; everybody else speaks for himself.
///
/// Called right after parsing, before anything that counts or logs by address. `Forwarded`
/// (RFC 7239) and `X-Forwarded-For` count only when the socket's peer is a trusted proxy; then they
/// are read from the right, where our own proxies write, up to the first address that is not one of
/// them. What stands further left came from that client and is not believed.
///
/// - Both fields present: they must lead to the same client and the same scheme, or the request is
///   refused (400). A proxy that writes one and lets the other through would let clients choose.
/// - An address that a trusted proxy does not know (`unknown`, `_hidden`) or does not state: that
///   proxy is the client.
/// - An address that can't be read, where a trusted proxy wrote: 400. So are `Forwarded` lines that
///   break RFC 7239 anywhere, since their quotes decide what belongs to whom.
/// - More than `hopsMax` elements: 400.
/// - Scheme: the `proto` of the element that named the client; else `X-Forwarded-Proto`, where any
///   `http` among several values means that the way was not safe. Without either, the connection's.
package struct ClientIdentity: Sendable {
    /// Most elements of either field.
    package static let hopsMax = 32

    private let trusted: [IPNetwork]

    /// - Parameter trustedProxies: networks whose hosts may speak for others; default nobody.
    package init(trustedProxies: [IPNetwork]) { trusted = trustedProxies }

    /// Whether nobody may speak for others.
    package var trustsNobody: Bool { trusted.isEmpty }

    /// Sets `client` and `isSecure` of a request whose `peer`, `client` and `isSecure` state the
    /// connection.
    /// - Throws: `Rejection` 400.
    package func identify(_ request: Request) throws(Rejection) {
        request.client = request.peer
        guard !trusted.isEmpty, isTrusted(request.peer) else { return }
        let present = request.head.present
        guard
            present.contains(FieldName.forwarded.id)
                || present.contains(FieldName.xForwardedFor.id)
                || present.contains(FieldName.xForwardedProto.id)
        else { return }
        try believe(request)
    }

    @inline(__always)
    private func isTrusted(_ address: IPAddress) -> Bool {
        for network in trusted where network.contains(address) { return true }
        return false
    }

    private func believe(_ request: Request) throws(Rejection) {
        let head = request.head
        var standard: (client: IPAddress, scheme: ForwardedScheme?)?
        var common: (client: IPAddress, scheme: ForwardedScheme?)?
        if head.present.contains(FieldName.forwarded.id) {
            standard = try walk(try ForwardedReader.forwarded(head), from: request.peer)
        }
        if head.present.contains(FieldName.xForwardedFor.id) {
            common = try walk(try ForwardedReader.forwardedFor(head), from: request.peer)
        }
        if let standard, let common, standard.client != common.client {
            throw .forwarding("Forwarded and X-Forwarded-For disagree")
        }
        request.client = standard?.client ?? common?.client ?? request.peer
        let scheme = try ForwardedReader.forwardedProto(head)
        if let stated = standard?.scheme, let scheme, stated != scheme {
            throw .forwarding("Forwarded and X-Forwarded-Proto disagree")
        }
        if let scheme = standard?.scheme ?? scheme { request.isSecure = scheme == .https }
    }

    /// From the right: past trusted proxies to the first address that is none.
    private func walk(
        _ hops: ForwardedHops, from peer: IPAddress
    ) throws(Rejection) -> (client: IPAddress, scheme: ForwardedScheme?) {
        var client = peer
        var scheme: ForwardedScheme?
        var index = hops.count
        while index > 0 {
            index -= 1
            let hop = hops[index]
            scheme = hop.scheme
            switch hop.node {
            case .malformed: throw .forwarding("a trusted proxy's client address can't be read")
            case .unknown: return (client, scheme)
            case .address(let address):
                client = address
                if !isTrusted(address) { return (client, scheme) }
            }
        }
        return (client, scheme)
    }
}

extension Rejection {
    static func forwarding(_ why: String) -> Rejection {
        Rejection(400, .malformedRequest, detail: "client identity: \(why)")
    }
}
