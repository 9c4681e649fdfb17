import GatehouseCore

/// The name of a set: part of keys in a shared store, and a label of metrics.
package struct SetName: Hashable, Sendable, CustomStringConvertible {
    private static let bytesMax = 40
    package let description: String

    /// A name of 1 to 40 letters, digits, `-` and `_`, fixed in the program.
    package init(_ text: StaticString) {
        description = "\(text)"
        precondition((1...Self.bytesMax).contains(description.utf8.count))
        precondition(
            description.utf8.allSatisfy {
                $0.isDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                    || (0x61...0x7A).contains($0.asciiLowercased)
            })
    }
}

/// How two records of one member become one. Both ways give the same answer in any order and
/// however often, so that copies that heard the same things are equal.
package enum SetMerge: Sendable {
    /// The larger value and the later end: what was said is never taken back.
    case growing
    /// The record with the larger value, whole: values number the changes of a member. A removal
    /// is such a record, kept for a while so that no older insertion undoes it.
    case latest
}

/// What a set is, the same in every process that shares it.
package struct SetRules: Sendable {
    package let name: SetName
    package let merge: SetMerge
    /// Members and removals remembered at once. What has ended goes first, then removals; what
    /// counts is never pushed out: the insertion is refused.
    package let membersMax: Int
    /// Whether a store's journal keeps it. What has another truth, such as a database, need not be.
    package let isDurable: Bool
    /// Told of members that come to count and that no longer do, in this order for each member.
    /// Called under a lock: it must be short and ask nothing of the set.
    package let observer: (@Sendable (SetChange) -> Void)?

    package init(
        _ name: SetName, _ merge: SetMerge, membersMax: Int, isDurable: Bool = true,
        observer: (@Sendable (SetChange) -> Void)? = nil
    ) {
        precondition(membersMax > 0)
        self.name = name
        self.merge = merge
        self.membersMax = membersMax
        self.isDurable = isDurable
        self.observer = observer
    }
}

/// A member that begins or ceases to count.
package struct SetChange: Sendable {
    package let member: [UInt8]
    package let isPresent: Bool
}
