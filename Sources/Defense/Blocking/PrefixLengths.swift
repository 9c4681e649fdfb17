import GatehouseCore
import GatehouseStorage
import Synchronization

/// Which lengths of prefixes the blocked networks have, so that an address is looked for under
/// these alone: one look-up each, the longest first.
package final class PrefixLengths: Sendable {
    private struct Counts {
        var v4 = [Int](repeating: 0, count: 33)
        var v6 = [Int](repeating: 0, count: 129)
    }

    /// Which of them may hold what is looked for.
    let filter = PrefixFilter()
    private let counts = Mutex(Counts())
    private let v4 = Atomic<UInt64>(0)
    /// Lengths 0 to 63, 64 to 127, and 128.
    private let v6: InlineArray<3, Atomic<UInt64>> = InlineArray { _ in Atomic(0) }

    package init() {}

    /// Takes note of a network that is blocked from now on, or no more.
    func note(_ change: SetChange) {
        guard let network = BlockName.network(change.member) else { return }
        filter.note(network, isPresent: change.isPresent)
        let step = change.isPresent ? 1 : -1
        counts.withLock { counts in
            let bits = network.bits
            let bit: UInt64 = 1 << UInt64(bits & 63)
            if network.address.isIPv4 {
                counts.v4[bits] += step
                set(v4, bit, counts.v4[bits] > 0)
            } else {
                counts.v6[bits] += step
                set(v6[bits >> 6], bit, counts.v6[bits] > 0)
            }
        }
    }

    private func set(_ mask: borrowing Atomic<UInt64>, _ bit: UInt64, _ isSet: Bool) {
        if isSet {
            mask.bitwiseOr(bit, ordering: .releasing)
        } else {
            mask.bitwiseAnd(~bit, ordering: .releasing)
        }
    }

    /// The first length, from the longest, under which `body` finds something.
    @inline(__always)
    func first<Value>(for address: IPAddress, _ body: (Int) -> Value?) -> Value? {
        if address.isIPv4 {
            return Self.first(v4.load(ordering: .acquiring), from: 0, body)
        }
        for part in stride(from: 2, through: 0, by: -1) {
            let mask = v6[part].load(ordering: .acquiring)
            if let found = Self.first(mask, from: part << 6, body) { return found }
        }
        return nil
    }

    @inline(__always)
    private static func first<Value>(
        _ mask: UInt64, from base: Int, _ body: (Int) -> Value?
    ) -> Value? {
        var rest = mask
        while rest != 0 {
            let bit = 63 - rest.leadingZeroBitCount
            if let found = body(base + bit) { return found }
            rest &= ~(1 << UInt64(bit))
        }
        return nil
    }
}

/// How networks are called in a set: length, then the address.
enum BlockName {
    static func of(_ network: IPNetwork) -> [UInt8] {
        SetView.name(UInt64(network.bits), network.address.high, network.address.low)
    }

    static func network(_ name: [UInt8]) -> IPNetwork? {
        guard name.count == 24 else { return nil }
        let words = (name.raw.word(0), name.raw.word(8), name.raw.word(16))
        let address = IPAddress(high: words.1, low: words.2)
        guard words.0 <= UInt64(address.bitCount) else { return nil }
        let network = IPNetwork(address, bits: Int(words.0))
        return network.address == address ? network : nil
    }
}
