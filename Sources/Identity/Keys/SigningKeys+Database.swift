package import GatehouseCore
package import GatehouseCrypto
package import GatehouseStorage
import Glibc

extension SigningKeys {
    /// Rings in the database of accounts: gates that share it sign with the same keys.
    package struct Shared: Sendable {
        /// The keys of access tokens.
        package let tokens: SigningKeys
        /// The keys of the token that tells upstreams who is calling. They change by command alone:
        /// an upstream may have the key set as a file.
        package let identity: SigningKeys
        /// Key files of this machine that are not used: the database had keys of its own.
        package let unusedFiles: [String]
    }

    /// Opens both rings in `database`. The first gate brings the keys of its `folder` along, or
    /// makes new ones; files whose keys are in the database get the ending `.moved`.
    package static func shared(
        in database: any Database, seal: Seal, folder: String,
        schedule: KeySchedule = KeySchedule(), now: WallTime
    ) throws(ConfigurationError) -> Shared {
        try DatabaseSeal.claim(database, seal)
        let tokens = try SigningKeys(
            KeyTable(database: database, ring: "tokens"),
            KeyRingCoding(seal: seal, row: "tokens"), .es256, schedule)
        let identity = try SigningKeys(
            KeyTable(database: database, ring: "identity"),
            KeyRingCoding(seal: seal, row: "identity"), .ed25519, .byHand)
        let tokenFile = KeyFile(path: folder + "/token-keys")
        let identityFile = PrivateKeyFile(path: folder + "/identity-key.pem")
        var unused: [String] = []
        let oldTokens = try tokens.entries(of: tokenFile, seal)
        if try !tokens.adopts(oldTokens, now) { unused.append(tokenFile.path) }
        let oldIdentity = try identityFile.load().map { [KeyRingEntry(key: $0, start: now)] }
        if try !identity.adopts(oldIdentity, now) { unused.append(identityFile.path) }
        for file in [tokenFile.path, identityFile.path] where !unused.contains(file) {
            // One that stays is looked at again at the next start.
            _ = unsafe rename(file, file + ".moved")
        }
        return Shared(tokens: tokens, identity: identity, unusedFiles: unused)
    }

    private func entries(
        of file: KeyFile, _ seal: Seal
    ) throws(ConfigurationError) -> [KeyRingEntry]? {
        guard let bytes = try file.read() else { return nil }
        guard let entries = KeyRingCoding(seal: seal, row: "tokens").open(bytes) else {
            throw .invalid(file.path, "was sealed with another key, or is damaged")
        }
        return entries
    }

    /// Begins with keys from a file; whether they, where there are any, are in the ring then.
    private func adopts(
        _ entries: [KeyRingEntry]?, _ now: WallTime
    ) throws(ConfigurationError) -> Bool {
        try begin(with: entries ?? [], now: now)
        let known = Set(list(now: now).map(\.keyID))
        return entries?.contains { known.contains($0.keyID) } ?? true
    }
}

extension KeySchedule {
    /// No key ever comes or goes by itself, and one that was replaced is known for a day.
    static var byHand: KeySchedule {
        KeySchedule(
            rotation: .seconds(100 * 366 * 86_400), publication: .zero,
            verification: .seconds(86_400))
    }
}
