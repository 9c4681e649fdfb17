import GatehouseCore
import GatehouseStorage
import Synchronization

/// Says of most networks that are not blocked that they are not, without a lock or a look into the
/// table: one bit of 128 KiB for each, which lie in the processor's cache where the table does not.
///
/// With 100,000 networks one in ten of the others is looked for in vain. Counts beside the bits let
/// networks go again.
final class PrefixFilter: Sendable {
    private static let slotBits: UInt64 = 20
    /// A count that reached this stays: its bit is never cleared.
    private static let countMax = UInt8.max

    private let words: InlineArray<16_384, Atomic<UInt64>> = InlineArray { _ in Atomic(0) }
    private let counts = Mutex<[UInt8]>([])
    private let seed = UInt64.random(in: 0 ... .max)

    /// Whether a network may be blocked.
    @inline(__always)
    func mayHold(_ prefix: IPAddress, _ bits: Int) -> Bool {
        let slot = slot(prefix, bits)
        return words[slot >> 6].load(ordering: .acquiring) >> UInt64(slot & 63) & 1 == 1
    }

    /// Takes note of a network that is blocked from now on, or no more.
    func note(_ network: IPNetwork, isPresent: Bool) {
        let slot = slot(network.address, network.bits)
        let bit: UInt64 = 1 << UInt64(slot & 63)
        counts.withLock { counts in
            if counts.isEmpty { counts = [UInt8](repeating: 0, count: 1 << Int(Self.slotBits)) }
            guard counts[slot] < Self.countMax else { return }
            if isPresent {
                counts[slot] += 1
                words[slot >> 6].bitwiseOr(bit, ordering: .releasing)
            } else {
                counts[slot] -= 1
                guard counts[slot] == 0 else { return }
                words[slot >> 6].bitwiseAnd(~bit, ordering: .releasing)
            }
        }
    }

    @inline(__always)
    private func slot(_ prefix: IPAddress, _ bits: Int) -> Int {
        var mixed = (prefix.high ^ seed) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 32 ^ prefix.low) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 29 ^ UInt64(bits)) &* 0x94D0_49BB_1331_11EB
        return Int(truncatingIfNeeded: mixed >> (64 - Self.slotBits))
    }
}
