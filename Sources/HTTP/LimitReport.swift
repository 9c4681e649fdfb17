/// What the limits of one request found: for `RateLimit` fields, problem document and log, and for
/// what is corrected once the request is over.
///
/// Holds numbers, not names: whoever counted knows its policies by their places, and one array that
/// every loop appends from would be a counter of references that all of them fight for.
package struct LimitReport {
    package struct Item {
        /// Which control counted; each writes fields for its own items.
        package var owner: UInt32
        /// Place of the rule in the store that counted.
        package var rule: UInt32
        /// The policy's place in that control.
        package var policy: Int
        /// The policy's place in the configuration.
        package var number: Int
        /// What is left of the quota.
        package var remaining: Int
        /// Seconds, rounded up, until there is more; 0 when the quota is whole.
        package var waitSeconds: Int
        /// The counter's key.
        package var key: (high: UInt64, low: UInt64)
        /// The store's note of when it took.
        package var moment: Int64
        /// What was taken.
        package var taken: UInt32
        /// Whether the policy refused, or would have.
        package var isRefused: Bool
        /// Whether its refusal refuses nobody.
        package var isShadow: Bool
        /// Whether the policy's store could not be asked and a local one counted.
        package var isFallback: Bool

        package init(
            owner: UInt32, policy: Int, remaining: Int, waitSeconds: Int, isRefused: Bool,
            rule: UInt32 = 0, number: Int = 0, key: (high: UInt64, low: UInt64) = (0, 1),
            moment: Int64 = .min, taken: UInt32 = 0, isShadow: Bool = false,
            isFallback: Bool = false
        ) {
            self.owner = owner
            self.rule = rule
            self.policy = policy
            self.number = number
            self.remaining = remaining
            self.waitSeconds = waitSeconds
            self.key = key
            self.moment = moment
            self.taken = taken
            self.isRefused = isRefused
            self.isShadow = isShadow
            self.isFallback = isFallback
        }
    }

    /// A wait that a limit asks for before the request goes on.
    package struct Delay {
        package var owner: UInt32
        package var policy: Int
        package var key: (high: UInt64, low: UInt64)
        package var nanoseconds: Int64

        package init(
            owner: UInt32, policy: Int, key: (high: UInt64, low: UInt64), nanoseconds: Int64
        ) {
            self.owner = owner
            self.policy = policy
            self.key = key
            self.nanoseconds = nanoseconds
        }
    }

    /// What code wants changed in a policy's counter.
    package struct Adjustment {
        package var policy: String
        package var amount: Int
    }

    /// Most adjustments of one request; what is more is left out.
    package static let adjustmentsMax = 8

    /// The items, each owner's tightest first.
    package private(set) var items: [Item] = []
    /// Names of the policies that refused: `violated-policies` of the problem type
    /// `https://iana.org/assignments/http-problem-types#quota-exceeded`
    /// (draft-ietf-httpapi-ratelimit-headers-10 section 5.1).
    package private(set) var violated: [String] = []
    /// What code asked for.
    package private(set) var adjustments: [Adjustment] = []
    /// The longest wait that was asked for and not yet made.
    package var delay: Delay?
    /// Nanoseconds that the request was held for.
    package var held: Int64 = 0
    /// What the request costs beyond what was taken for it.
    package var extraCost = 0 { didSet { needsSettling = true } }
    /// Which control refused; what others took at the same stage is given back.
    package var refusedStage: UInt8?
    /// Whether everything that was taken is given back.
    package var isWithdrawn = false { didSet { needsSettling = true } }
    /// Whether something is to be corrected when the request is over.
    package var needsSettling = false
    /// Whether the request is over: nothing is taken any more.
    package var isClosed = false
    /// How many policies could not ask their store.
    package var unavailable = 0

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

    package mutating func adjust(_ policy: String, by amount: Int) {
        guard adjustments.count < Self.adjustmentsMax, amount != 0 else { return }
        adjustments.append(Adjustment(policy: policy, amount: amount))
        needsSettling = true
    }

    /// Keeps the longer wait.
    package mutating func ask(_ other: Delay) {
        if let delay, delay.nanoseconds >= other.nanoseconds { return }
        delay = other
    }

    package mutating func clear() {
        items.removeAll(keepingCapacity: true)
        if !violated.isEmpty { violated.removeAll(keepingCapacity: true) }
        if !adjustments.isEmpty { adjustments.removeAll(keepingCapacity: true) }
        delay = nil
        held = 0
        extraCost = 0
        refusedStage = nil
        isWithdrawn = false
        needsSettling = false
        isClosed = false
        unavailable = 0
    }
}

extension LimitReport.Item {
    fileprivate func isTighter(than other: Self) -> Bool {
        if remaining != other.remaining { return remaining < other.remaining }
        return waitSeconds > other.waitSeconds
    }
}
