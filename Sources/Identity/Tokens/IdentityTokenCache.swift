public import GatehouseCore

/// Identity tokens of one loop: signing costs 25 µs, so that a caller's token is used for half its
/// life before it is made anew.
public final class IdentityTokenCache {
    private struct Slot {
        var principal: Principal?
        var audience = ""
        var token: [UInt8] = []
        /// Until when the token is handed out.
        var freshUntil: Int64 = 0
        var signedAt: Int64 = 0
    }

    /// Slots in which one caller's token may lie.
    private static let ways = 4

    private let signer: IdentityTokenSigner
    private var slots: [Slot]

    /// Most tokens that are kept.
    public static let entriesMax = 2_048

    /// A cache in front of `signer`.
    public init(_ signer: IdentityTokenSigner) {
        self.signer = signer
        slots = [Slot](repeating: Slot(), count: Self.entriesMax)
    }

    /// The token that tells `audience` who is calling: fresh for at least half its life, or as long
    /// as the caller's own credential allows. `principal` is known by identity: a caller whose
    /// token is cached is the same object on every request.
    public func token(for principal: Principal, audience: String, now: WallTime) -> [UInt8] {
        let first = Self.firstSlot(principal, audience)
        var victim = first
        for index in first..<first &+ Self.ways {
            if slots[index].principal === principal, slots[index].audience == audience {
                let now = now.nanoseconds
                if now < slots[index].freshUntil, now >= slots[index].signedAt {
                    return slots[index].token
                }
                victim = index
                break
            }
            if slots[index].freshUntil < slots[victim].freshUntil { victim = index }
        }
        return sign(principal, audience, now, into: victim)
    }

    private func sign(
        _ principal: Principal, _ audience: String, _ now: WallTime, into index: Int
    ) -> [UInt8] {
        let token = signer.sign(principal, audience: audience, now: now)
        if token.isEmpty { return token }
        let end = signer.expiry(of: principal, now: now).nanoseconds
        let half = now.nanoseconds.saturatingAdd((end - now.nanoseconds) / 2)
        // In a credential's last second every request would halve what is left.
        let soon = min(end, now.nanoseconds.saturatingAdd(1_000_000_000))
        slots[index] = Slot(
            principal: principal, audience: audience, token: token, freshUntil: max(half, soon),
            signedAt: now.nanoseconds)
        return token
    }

    /// By the object's address, spread over the table.
    private static func firstSlot(_ principal: Principal, _ audience: String) -> Int {
        let address = UInt(bitPattern: ObjectIdentifier(principal))
        let mixed = (address &>> 4 &+ UInt(audience.utf8.count)) &* 0x9E37_79B9_7F4A_7C15
        return Int(mixed &>> 40) % (entriesMax / ways) &* ways
    }
}
