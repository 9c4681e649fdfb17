import GatehouseCore

/// How accounts behave.
package struct AccountSettings: Sendable {
    /// Who may make an account.
    package enum Registration: String, CaseIterable, Sendable {
        /// Everybody.
        case open
        /// Administrators alone.
        case closed
    }

    /// Whether accounts have a second factor.
    package enum FactorPolicy: Equatable, Sendable {
        /// Nobody can have one.
        case never
        /// Whoever wants.
        case optional
        /// All accounts must.
        case required
        /// Accounts with one of these roles must, others may.
        case requiredFor(Set<String>)
    }

    package var registration = Registration.open
    /// Whether an address must be confirmed before the first sign-in.
    package var confirmsEmail = true
    package var factorPolicy = FactorPolicy.optional
    /// What codes of new second factors look like.
    package var codeShape = CodeShape()
    /// Names the service in authenticator apps and mails.
    package var serviceName = "Gatehouse"
    /// An unused refresh token ends after this time. Default 30 days.
    package var refreshIdle = Duration.seconds(30 * 86_400)
    /// A session ends after this time, used or not. Default 90 days.
    package var sessionMax = Duration.seconds(90 * 86_400)
    /// How long a used refresh token is answered with its successor again: a lost response.
    package var refreshGrace = Duration.seconds(10)
    /// Links of mails. Default 30 minutes for passwords, one day for addresses.
    package var resetLife = Duration.seconds(1_800)
    package var confirmLife = Duration.seconds(86_400)
    /// The time for the second step of a sign-in.
    package var challengeLife = Duration.seconds(300)
    /// Longest life of an API key. Default a year.
    package var keyLifeMax = Duration.seconds(366 * 86_400)

    /// The defaults.
    package init() {}
}
