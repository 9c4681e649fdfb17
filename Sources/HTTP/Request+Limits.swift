extension Request {
    /// What the request costs under limits that count cost: its route's cost, and what was added.
    ///
    /// What is set here counts once the request is over: it may exceed what was left, and then
    /// later requests wait for it.
    public var cost: Int {
        get { (route?.cost ?? 1) + limits.extraCost }
        set { limits.extraCost = min(max(newValue, 0), Self.costMax) - (route?.cost ?? 1) }
    }

    /// Adds to what the request costs; below zero takes off.
    public func addCost(_ amount: Int) {
        let (sum, overflowed) = cost.addingReportingOverflow(amount)
        cost = overflowed ? Self.costMax : sum
    }

    /// Most that one request may cost.
    public static let costMax = 1_000_000_000

    /// Charges the caller `amount` more under the limit of this name, once the request is over: a
    /// wrong password may count for more than a right one.
    ///
    /// The charge may exceed what is left: the caller then waits for longer. A name that no limit
    /// has changes nothing.
    public func penalize(_ limit: String, by amount: Int = 1) {
        limits.adjust(limit, by: max(amount, 0))
    }

    /// Gives the caller back what this request took under the limit of this name, at most `amount`.
    public func reward(_ limit: String, by amount: Int = 1) {
        limits.adjust(limit, by: -max(amount, 0))
    }
}

/// Holds a request back without holding a thread.
package protocol RequestHolder: AnyObject {
    /// Waits; ends early when the client is gone or the server ends.
    func hold(for duration: Duration) async -> HoldEnd
}

/// How a wait ended.
package enum HoldEnd: Sendable {
    /// It was waited for, or need not be any more since the server ends.
    case over
    /// The client is gone, or has sent its last byte.
    case gone
}
