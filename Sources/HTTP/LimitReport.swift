import GatehouseCore

/// What the limits of one request found, tightest first: for `RateLimit` fields and the log.
package struct LimitReport {
    package struct Item {
        /// Name of the policy, as in `RateLimit-Policy`.
        package var name: [UInt8]
        /// Requests left now.
        package var remaining: Int
        /// Seconds until the quota is whole again, or the next request fits.
        package var resetSeconds: Int
        /// The policy's rendered item for `RateLimit-Policy`.
        package var policy: [UInt8]
    }
    package private(set) var items: [Item] = []

    package init() {}

    package mutating func append(_ item: Item) { items.append(item) }
    package mutating func clear() { items.removeAll(keepingCapacity: true) }
}
