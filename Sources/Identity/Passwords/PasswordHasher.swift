import GatehouseCore
package import GatehouseCrypto

/// Hashes passwords with Argon2id and verifies hashes of other programs, which are replaced at the
/// next sign-in.
///
/// Verified: Argon2id and Argon2i (PHC strings), bcrypt (`$2a$`, `$2b$`, `$2y$`), scrypt
/// (`$scrypt$ln=…,r=…,p=…$salt$hash`) and PBKDF2 (`pbkdf2_sha256$…` of Django,
/// `$pbkdf2-sha256$…` of passlib and kratos). What a hash may cost is bounded.
package struct PasswordHasher: Sendable {
    /// What a check found.
    package struct Verdict: Equatable, Sendable {
        /// The password is right.
        package let matches: Bool
        /// The hash should be replaced by a new one: another algorithm, or a lower cost.
        package let needsUpgrade: Bool
    }

    private let cost: Argon2.Cost
    /// A hash of nothing anybody knows, at the same cost: checked for accounts that do not exist,
    /// so that they answer as late as others.
    private let dummy: String

    /// Hashes at `cost`, which is at least OWASP's minimum in a program that serves people.
    package init(cost: Argon2.Cost = Argon2.Cost()) {
        self.cost = cost
        dummy = Argon2.hash(Redacted(SecureRandom.bytes(32)), cost: cost)
    }

    /// A new hash.
    package func hash(_ password: PasswordText) -> String {
        Argon2.hash(password.bytes, cost: cost)
    }

    /// Checks a password against a stored hash; without one, does the same work and fails.
    package func verify(_ password: PasswordText, _ hash: String?) -> Verdict {
        guard let hash else {
            _ = Argon2.verify(password.bytes, dummy)
            return Verdict(matches: false, needsUpgrade: false)
        }
        if let (variant, found) = Argon2.cost(of: hash) {
            let matches = Argon2.verify(password.bytes, hash)
            let isWeaker =
                variant != .id || found.memoryKiB < cost.memoryKiB || found.passes < cost.passes
            return Verdict(matches: matches, needsUpgrade: matches && isWeaker)
        }
        let matches =
            BCrypt.isHash(hash)
            ? BCrypt.verify(password.bytes, hash)
            : ForeignHash(hash)?.matches(password.bytes) ?? false
        return Verdict(matches: matches, needsUpgrade: matches)
    }

    /// Whether a hash from elsewhere is of a kind that can be verified here.
    package static func canVerify(_ hash: String) -> Bool {
        Argon2.cost(of: hash) != nil || BCrypt.isHash(hash) || ForeignHash(hash) != nil
    }
}
