public import GatehouseCore

/// Remembers tokens that passed every check, so that a client's next request costs a comparison and
/// not a signature. One per loop, without locks, in bounded memory.
///
/// An entry is found by the token's whole bytes and asked at every use whether it is good at this
/// very moment: it never outlives `exp` or the maximum age. What failed is never remembered.
public final class VerifiedTokenCache {
    private struct Slot {
        var hash: UInt64 = 0
        var lastUse: UInt64 = 0
        var entry: Entry?
    }

    /// A token's bytes and what they stand for.
    private final class Entry {
        let bytes: [UInt8]
        let token: VerifiedToken
        /// Roughly what the entry occupies.
        let size: Int

        init(_ bytes: [UInt8], _ token: VerifiedToken) {
            self.bytes = bytes
            self.token = token
            size = bytes.count + token.claims.count + 512
        }
    }

    /// Slots in which one token may lie.
    private static let ways = 4

    private let verifier: TokenVerifier
    private let hasher = TokenHash()
    private let bytesMax: Int
    private let setMask: UInt64
    private var slots: [Slot]
    private var scratch = TokenScratch()
    private var uses: UInt64 = 0
    private var hand = 0

    /// Bytes that the entries occupy, roughly.
    package private(set) var byteCount = 0

    /// A cache in front of `verifier`.
    /// - Parameters:
    ///   - entriesMax: rounded up to a power of two; 4 to 1,048,576.
    ///   - bytesMax: bounds what the remembered tokens occupy together.
    public init(
        _ verifier: TokenVerifier, entriesMax: Int = 4_096, bytesMax: ByteCount = .mebibytes(8)
    ) {
        let entries = min(max(entriesMax, Self.ways), 1 << 20)
        var sets = 1
        while sets * Self.ways < entries { sets *= 2 }
        self.verifier = verifier
        self.bytesMax = bytesMax.bytes
        setMask = UInt64(sets - 1)
        slots = [Slot](repeating: Slot(), count: sets * Self.ways)
    }

    /// The verdict on a token at a moment: the same as the verifier's.
    public func verify(_ token: RawSpan, now: WallTime) throws(TokenError) -> VerifiedToken {
        let hash = hasher.hash(token)
        let first = Int(truncatingIfNeeded: hash & setMask) &* Self.ways
        for index in first..<first &+ Self.ways where slots[index].hash == hash {
            guard let entry = slots[index].entry, Self.isSame(entry, token) else { continue }
            guard entry.token.isGood(at: now) else {
                // The verifier says why.
                remove(index)
                break
            }
            uses &+= 1
            slots[index].lastUse = uses
            return entry.token
        }
        let verified = try verifier.verify(token, now: now, using: &scratch)
        insert(Entry(token.array, verified), hash: hash, first: first, now: now)
        return verified
    }

    @inline(__always)
    private static func isSame(_ entry: Entry, _ token: RawSpan) -> Bool {
        let bytes = entry.bytes
        return token.equals(bytes.raw)
    }

    /// Puts a token into a free slot of its set, else over one that is no good any more, else over
    /// the one that was not used for longest.
    private func insert(_ entry: Entry, hash: UInt64, first: Int, now: WallTime) {
        guard entry.size <= bytesMax else { return }
        var victim = first
        for index in first..<first + Self.ways {
            guard let found = slots[index].entry, found.token.isGood(at: now) else {
                victim = index
                break
            }
            if slots[index].lastUse < slots[victim].lastUse { victim = index }
        }
        remove(victim)
        makeRoom(for: entry.size)
        uses &+= 1
        byteCount += entry.size
        slots[victim] = Slot(hash: hash, lastUse: uses, entry: entry)
    }

    private func remove(_ index: Int) {
        guard let entry = slots[index].entry else { return }
        byteCount -= entry.size
        slots[index] = Slot()
    }

    /// Removes entries slot by slot, going on where the last call stopped.
    private func makeRoom(for size: Int) {
        var tried = 0
        while byteCount + size > bytesMax, tried < slots.count {
            remove(hand)
            hand = (hand + 1) % slots.count
            tried += 1
        }
    }
}
