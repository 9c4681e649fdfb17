package import GatehouseHTTP

/// Refuses callers whose account, API key or session is blocked, whatever they ask for.
package struct CallerBlock: Control {
    private let list: BlockList

    package init(_ list: BlockList) { self.list = list }

    /// - Throws: `Rejection` 403, which says nothing of the entry.
    package func before(_ request: Request) throws(Rejection) -> Response? {
        guard let principal = request.principal,
            let kind = list.blocked(principal, at: request.receivedAt)
        else { return nil }
        throw Rejection(403, .refused, detail: "blocked: \(kind.rawValue)")
    }
}
