package import GatehouseCore

/// Keeps operators from blocking themselves out: a network that holds this machine, a trusted proxy
/// or the admin's address is refused unless it is forced.
///
/// The admin listener asks no block list, so that what was forced can be undone there.
package struct BlockGuard: Sendable {
    private let kept: [(network: IPNetwork, why: String)]

    /// - Parameters:
    ///   - trustedProxies: all clients come through them.
    ///   - admin: where the admin listener is; loopback is kept in any case.
    package init(trustedProxies: [IPNetwork], admin: IPAddress?) {
        let v4 = IPNetwork(IPAddress(v4: 127 << 24), bits: 8)
        let v6 = IPNetwork(IPAddress(high: 0, low: 1), bits: 128)
        var kept = [(v4, "this machine"), (v6, "this machine")]
        kept += trustedProxies.map { ($0, "a trusted proxy") }
        if let admin, !admin.isUnspecified {
            kept.append((IPNetwork(admin, bits: admin.bitCount), "the admin listener"))
        }
        self.kept = kept
    }

    /// What a block would shut out; nil when it may be made.
    package func objection(to target: BlockTarget) -> String? {
        guard case .network(let network) = target else { return nil }
        return kept.first { one in
            one.network.contains(network.address) || network.contains(one.network.address)
        }?.why
    }
}
