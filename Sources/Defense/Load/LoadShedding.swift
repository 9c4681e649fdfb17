import GatehouseCore
package import GatehouseHTTP

/// Turns requests away while the loop that should serve them is late: 503 with `Retry-After`, the
/// problem type `temporary-reduced-capacity` (draft-ietf-httpapi-ratelimit-headers-10 section 5.2).
///
/// Anonymous callers go first, in the share that `LoopLoad` tells; signed-in ones only once every
/// anonymous one is turned away. It stands in the pipeline twice: before everything that costs, for
/// requests without any credential, and behind authentication for the rest, where a credential that
/// proved nothing counts as none. Health checks pass no such stage.
package struct LoadShedding: Control {
    /// Where it stands.
    package enum Stage: Sendable {
        case beforeAuthentication
        case afterAuthentication
    }

    private let stage: Stage

    package init(_ stage: Stage) { self.stage = stage }

    @inline(__always)
    package func before(_ request: Request) throws(Rejection) -> Response? {
        guard let load = request.loopStorage?.load, load.isUnderPressure else { return nil }
        try judge(request, load)
        return nil
    }

    private func judge(_ request: Request, _ load: LoopLoad) throws(Rejection) {
        // Whoever brings no credential was judged at the first stage.
        let isBare = !request.head.present.intersects(Self.credentials)
        guard isBare == (stage == .beforeAuthentication) else { return }
        let isSignedIn = request.principal != nil
        guard load.sheds(signedIn: isSignedIn) else { return }
        throw Rejection(
            503, .reducedCapacity,
            detail: isSignedIn ? "load: signed-in caller" : "load: anonymous caller",
            retryAfter: Self.retryAfter(load.pressure.level, request.id.low))
    }

    /// Fields in which credentials come.
    private static let credentials = FieldSet([.authorization, .xAPIKey, .cookie])

    /// Longer under more pressure, and not the same for all, who would come back together.
    private static func retryAfter(_ level: Int, _ spread: UInt64) -> Int {
        2 + level / 256 + Int(spread % 5)
    }
}
