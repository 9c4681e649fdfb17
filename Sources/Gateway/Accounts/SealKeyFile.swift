import GatehouseCore
import GatehouseCrypto
import Glibc

/// The seal's key in the data folder: 32 random bytes as hexadecimal text, for its owner alone.
enum SealKeyFile {
    static let name = "seal.key"

    /// The seal of the configuration's key, or of the file's, which the first run makes.
    static func seal(
        _ accounts: Configuration.Accounts, data: String
    ) throws(ConfigurationError) -> Seal {
        // Whatever the secret's form, the key has 256 bits.
        let key = digest(
            accounts.seal.key == nil ? try read(data) : accounts.seal.key?.dangerouslyRevealed ?? []
        )
        do throws(KeyError) { return try Seal(key: Redacted(key)) } catch {
            throw .invalid("accounts.seal.key", error.description)
        }
    }

    private static func digest(_ secret: [UInt8]) -> [UInt8] {
        HashAlgorithm.sha256.hash(secret.raw)
    }

    private static func read(_ data: String) throws(ConfigurationError) -> [UInt8] {
        // A command may come before the first run.
        guard unsafe mkdir(data, 0o700) == 0 || errno == EEXIST else {
            throw .invalid("data", "the folder `\(data.printable(max: 200))` cannot be made")
        }
        let path = FilePath.resolve(name, in: data)
        guard try DevelopmentSecret.create(path) else { throw .invalid(path, "cannot be written") }
        switch FileLook(path: path, bytesMax: 4_096) {
        case .failure(let reason): throw .invalid(path, reason)
        case .content(let content, let mode):
            guard mode & 0o077 == 0 else {
                throw .invalid(path, "others can read it; run: chmod 600 \(path)")
            }
            let secret = content.dangerouslyRevealed.withoutFinalNewline
            guard secret.count >= 32 else { throw .invalid(path, "holds less than 32 bytes") }
            return secret
        }
    }
}
