import GatehouseCore
package import GatehouseHTTP

/// Asks for a fresh second factor on routes that say so (RFC 9470): a stolen session alone does
/// not reach them.
package struct StepUp: Control {
    /// Authentication methods that are a second factor (RFC 8176), and our recovery codes.
    private static let factors: Set<String> = [
        "mfa", "otp", "hwk", "swk", "fpt", "face", "iris", "rc", "sc", "pop",
    ]

    /// Asks where routes do.
    package init() {}

    package func before(_ request: Request) throws(Rejection) -> Response? {
        guard let route = request.route, let age = route.object.stepUp else { return nil }
        let facts = request.principal?.authentication
        let isFactor = facts?.methods.contains(where: Self.factors.contains) ?? false
        if isFactor, let time = facts?.time {
            let passed = request.receivedAt.nanoseconds.subtractingReportingOverflow(
                time.nanoseconds)
            // A moment still to come is no proof of anything.
            let isPast = passed.partialValue >= -5_000_000_000
            if !passed.overflow, isPast, passed.partialValue <= age.nanoseconds { return nil }
        }
        throw Self.refusal(age, isFactor ? "authenticated too long ago" : "no second factor")
    }

    private static func refusal(_ age: Duration, _ why: String) -> Rejection {
        let seconds = age.components.seconds
        let text =
            #"Bearer realm="gatehouse", error="insufficient_user_authentication", "#
            + #"error_description="A fresh second factor is needed", max_age="#
            + "\(seconds)" + #", acr_values="2""#
        var fields = Fields()
        let bytes = Array(text.utf8)
        fields.append(.wwwAuthenticate, trusted: bytes.raw)
        return Rejection(401, .stepUpRequired, detail: why, fields: fields)
    }
}
