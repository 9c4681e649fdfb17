public import GatehouseCore

/// A token that passed every check: who it names, its claims, and when it is good.
public final class VerifiedToken: Sendable {
    /// Who is calling.
    public let principal: Principal
    /// All claims as JSON, for what `principal` does not hold; read them with `JSONTape`.
    public let claims: [UInt8]
    let window: TokenWindow
    private let origin: KeyOrigin?

    init(_ principal: Principal, claims: [UInt8], window: TokenWindow, origin: KeyOrigin? = nil) {
        self.principal = principal
        self.claims = claims
        self.window = window
        self.origin = origin
    }

    /// Whether the token is still, and already, good at `now`: in its time, and checked with keys
    /// that are still the issuer's.
    public func isGood(at now: WallTime) -> Bool {
        window.contains(now) && (origin?.isCurrent ?? true)
    }
}
