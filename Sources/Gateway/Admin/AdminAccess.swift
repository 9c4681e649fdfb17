import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP
import Glibc

/// Lets commands on this machine change a running gate over its admin listener.
///
/// Each start makes a new secret and writes it, with the listener's address, into a file in the
/// data folder that its owner alone may read: who can read it could as well change the data. A page
/// in a browser has neither the secret nor a way to send it unasked, and what a browser adds to its
/// requests is refused all the same, as is every peer but loopback.
struct AdminAccess: Sendable {
    /// The file in the data folder.
    static let fileName = "admin.access"
    private static let secretBytes = 32
    private static let fieldBytesMax = 256

    private let secret: Redacted<[UInt8]>

    init() {
        let bytes = SecureRandom.bytes(Self.secretBytes)
        secret = Redacted(Array(Base64URL.encode(bytes.raw).utf8))
    }

    /// Writes the file for a listener's address.
    func publish(in data: String, host: String, port: UInt16) throws(StartError) {
        let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let text = Array("http://\(authority) ".utf8) + secret.dangerouslyRevealed + [0x0A]
        let path = FilePath.resolve(Self.fileName, in: data)
        let draft = path + ".new"
        unsafe unlink(draft)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let file = unsafe open(draft, flags, 0o600)
        guard file >= 0 else { throw Self.failure(draft) }
        let written = unsafe text.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
        let isWritten = written == text.count && fsync(file) == 0
        close(file)
        guard isWritten, unsafe rename(draft, path) == 0 else { throw Self.failure(path) }
    }

    /// Takes the file away, when nobody listens any more.
    static func withdraw(from data: String) {
        unsafe unlink(FilePath.resolve(fileName, in: data))
    }

    private static func failure(_ path: String) -> StartError {
        StartError("\(path.printable(max: 200)): \(unsafe String(cString: strerror(errno)))")
    }

    /// Refuses who may not change the gate.
    func check(_ request: Request) throws(Rejection) {
        guard request.peer.isLoopback else {
            throw Rejection(403, .forbidden, detail: "admin: a peer that is not this machine")
        }
        let head = request.head
        for name in [FieldName.origin, .secFetchSite, .cookie] where head.contains(name) {
            throw Rejection(403, .crossSiteRefused, detail: "admin: a browser")
        }
        guard let field = head.value(.authorization), field.count <= Self.fieldBytesMax,
            ConstantTime.equal(
                head.bytes(field), (Array("Bearer ".utf8) + secret.dangerouslyRevealed).raw)
        else {
            throw Rejection(401, .tokenInvalid, detail: "admin: no access", fields: Self.challenge)
        }
    }

    private static let challenge: Fields = {
        var fields = Fields()
        fields.append(.wwwAuthenticate) { $0.append("Bearer realm=\"admin\"") }
        return fields
    }()
}
