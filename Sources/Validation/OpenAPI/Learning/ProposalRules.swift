/// What must be seen before it is proposed.
package struct ProposalRules: Sendable {
    /// Requests of an operation. Default 10.
    package var requestsMin = 10
    /// Clients that must have shown a thing: an operation, a parameter, a type, an extreme. One
    /// client alone teaches nothing as long as there are others. Default 3.
    package var clientsMin = 3
    /// Whether bounds leave room beyond what was seen. Without it they say what was surely reached.
    package var hasMargin = true

    /// The defaults.
    package init() {}

    /// Fewer clients than there are at all cannot be asked for.
    func among(_ clients: Int) -> ProposalRules {
        var rules = self
        rules.clientsMin = max(1, min(clientsMin, clients))
        return rules
    }
}
