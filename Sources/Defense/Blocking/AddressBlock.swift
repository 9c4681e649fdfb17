package import GatehouseHTTP

/// Refuses requests of blocked addresses before anything that costs.
///
/// New connections of a blocked address are closed as they are accepted; this control answers on
/// those that were open before, and behind trusted proxies, where the client is known only by now.
package struct AddressBlock: Control {
    private let list: BlockList

    package init(_ list: BlockList) { self.list = list }

    /// - Throws: `Rejection` 403, which says nothing of the entry.
    package func before(_ request: Request) throws(Rejection) -> Response? {
        guard list.blocks(request.client, at: request.receivedAt) else { return nil }
        var rejection = Rejection(403, .refused, detail: "blocked: network")
        rejection.closesConnection = request.client == request.peer
        throw rejection
    }
}
