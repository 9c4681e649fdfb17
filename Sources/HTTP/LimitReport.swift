/// What the limits of one request found: for `RateLimit` fields, problem document and log.
///
/// Holds numbers, not names: whoever counted knows its policies by their places, and one array that
/// every loop appends from would be a counter of references that all of them fight for.
package struct LimitReport {
    package struct Item {
        /// Which control counted; each writes fields for its own items.
        package var owner: UInt32
        /// The policy's place in that control.
        package var policy: Int
        /// Requests left now.
        package var remaining: Int
        /// Seconds, rounded up, until there is more; 0 when the quota is whole.
        package var waitSeconds: Int
        /// Whether the policy refused.
        package var isRefused: Bool

        package init(
            owner: UInt32, policy: Int, remaining: Int, waitSeconds: Int, isRefused: Bool
        ) {
            self.owner = owner
            self.policy = policy
            self.remaining = remaining
            self.waitSeconds = waitSeconds
            self.isRefused = isRefused
        }
    }

    /// The items, each owner's tightest first.
    package private(set) var items: [Item] = []
    /// Names of the policies that refused: `violated-policies` of the problem type
    /// `https://iana.org/assignments/http-problem-types#quota-exceeded`
    /// (draft-ietf-httpapi-ratelimit-headers-10 section 5.1).
    package private(set) var violated: [String] = []

    package init() {}

    /// Adds an item behind those of its owner that are tighter: fewer left, or longer to wait.
    package mutating func append(_ item: Item) {
        var place = items.count
        while place > 0, items[place - 1].owner == item.owner,
            item.isTighter(than: items[place - 1])
        {
            place -= 1
        }
        if place == items.count { items.append(item) } else { items.insert(item, at: place) }
    }

    package mutating func violate(_ policy: String) { violated.append(policy) }

    package mutating func clear() {
        items.removeAll(keepingCapacity: true)
        violated.removeAll(keepingCapacity: true)
    }
}

extension LimitReport.Item {
    fileprivate func isTighter(than other: Self) -> Bool {
        if remaining != other.remaining { return remaining < other.remaining }
        return waitSeconds > other.waitSeconds
    }
}
