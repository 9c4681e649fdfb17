package import GatehouseCrypto

/// What the codes of a factor look like, and what moves them on.
package struct CodeShape: Equatable, Sendable {
    /// What a code is made of besides the secret.
    package enum Kind: String, CaseIterable, Sendable {
        /// The time (RFC 6238): what authenticator apps do.
        case totp
        /// A counter (RFC 4226): tokens of hardware with a button.
        case hotp
    }

    /// What moves codes on.
    package var kind: Kind
    /// Hash of the HMAC. Many apps know SHA-1 alone, which is sound here: HMAC does not rest on
    /// collisions.
    package var hash: OneTimeMAC
    /// Digits: 6 or 8.
    package var digits: Int

    /// What every app can do by default.
    package init(kind: Kind = .totp, hash: OneTimeMAC = .sha1, digits: Int = 6) {
        self.kind = kind
        self.hash = hash
        self.digits = digits
    }
}
