package import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP

/// What a command shows to a running gate's admin listener before it is told of clients or changes
/// anything: a secret in the data folder, which only the gate's own user can read.
package struct AdminToken: Sendable {
    static let fileName = "admin.token"
    private static let bytesMax = 4_096

    private let text: [UInt8]

    /// Reads the token in `folder`, after making it if it is not there.
    static func make(in folder: String) throws(ConfigurationError) -> AdminToken {
        let path = FilePath.resolve(fileName, in: folder)
        guard try DevelopmentSecret.create(path) else {
            throw .invalid("data", "`\(path.printable(max: 200))` cannot be written")
        }
        return try AdminToken(in: folder)
    }

    /// Reads the token that a gate made in `folder`.
    package init(in folder: String) throws(ConfigurationError) {
        let path = FilePath.resolve(Self.fileName, in: folder)
        let shown = "`\(path.printable(max: 200))`"
        switch FileLook(path: path, bytesMax: Self.bytesMax) {
        case .failure(let reason): throw .invalid("data", "\(shown): \(reason)")
        case .content(let content, let mode):
            guard mode & 0o077 == 0 else {
                throw .invalid("data", "others can read \(shown): chmod 600, or delete it")
            }
            text = Array(content.dangerouslyRevealed.prefix { $0 != 0x0A })
            guard text.count >= 32 else {
                throw .invalid("data", "\(shown) holds less than 32 bytes: delete it")
            }
        }
    }

    /// The field's value.
    var authorization: [UInt8] { Array("Bearer ".utf8) + text }

    /// Whether a request shows it.
    func isShown(by request: Request) -> Bool {
        let head = request.head
        guard let field = head.value(.authorization) else { return false }
        let value = head.bytes(field).array
        return ConstantTime.equal(value.raw, authorization.raw)
    }
}
