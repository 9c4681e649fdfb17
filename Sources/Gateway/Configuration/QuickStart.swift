public import GatehouseCore
import GatehouseHTTP
import Glibc

/// The configuration of a first try, without a file: TLS on loopback in front of one API, tokens
/// from a development key.
///
/// Reading `/` and `/public/*` is for anyone, everything else for signed-in callers.
public enum QuickStart {
    /// The development issuer: `iss` and `aud` of its tokens, and the key's `kid`.
    public static let issuer = "dev"
    /// The name of the secret's file in the data folder.
    public static let secretFile = "dev-token.secret"

    /// The configuration for an API at `upstream` (nil for the built-in echo), served on `listen`.
    ///
    /// Makes the data folder and in it, once, the secret of the development issuer.
    /// - Throws: `invalid("--upstream", …)`, `invalid("--listen", …)` or `invalid("--data", …)`.
    public static func configuration(
        upstream: String? = nil, listen: String? = nil, data: String = "./data"
    ) throws(ConfigurationError) -> Configuration {
        let server = try server(upstream ?? Configuration.UpstreamServer.echo.description)
        var configuration = Configuration()
        if let listen { try place(&configuration, on: listen) }
        configuration.data = data
        configuration.hosts = hosts(configuration.listeners)
        var api = Configuration.Upstream()
        api.name = "api"
        api.servers = [server]
        configuration.upstreams = [api]
        configuration.routes = routes
        configuration.accounts = Configuration.Accounts()
        let secret = try DevelopmentSecret.load(folder: data)
        configuration.tokens.issuers = [
            Configuration.Issuer(
                issuer: issuer, audience: [issuer],
                keys: [.init(kid: issuer, algorithm: .hs256, material: .secret(secret))])
        ]
        return configuration
    }

    private static var routes: [Configuration.Route] {
        let target = Configuration.Route.Target.upstream("api")
        let reading: [Method] = [.get, .head]
        return [
            .init(path: "/", methods: reading, access: .anyone, target: target),
            .init(path: "/public/*", methods: reading, access: .anyone, target: target),
            .init(
                path: "/*", methods: Configuration.Route.everyMethod, access: .signedIn,
                target: target),
        ]
    }

    private static func server(
        _ text: String
    ) throws(ConfigurationError) -> Configuration.UpstreamServer {
        switch Configuration.UpstreamServer.parse(text) {
        case .success(let server): return server
        case .failure(let mismatch):
            let kind = Kind<Configuration.UpstreamServer>.server
            throw refuse("--upstream", text, kind.name, mismatch.suggestion)
        }
    }

    private static func place(
        _ configuration: inout Configuration, on text: String
    ) throws(ConfigurationError) {
        guard let address = Configuration.Address(text) else {
            throw refuse("--listen", text, Kind<Configuration.Address>.address.name, nil)
        }
        let redirect = Configuration.Address(host: address.host, port: 8_080)
        configuration.listeners = [.init(address: address)]
        if redirect != address {
            configuration.listeners.append(.init(address: redirect, protocol: .redirect))
        }
        // Several first tries on one machine: each loopback address has its own admin listener.
        if address.isLoopback, !address.host.contains(":") {
            configuration.admin.address = Configuration.Address(host: address.host, port: 9_090)
        }
        guard address.port != configuration.admin.address.port else {
            throw .invalid("--listen", "port \(address.port) is the admin listener's: take another")
        }
    }

    /// `localhost`, and the addresses that are listened on.
    private static func hosts(_ listeners: [Configuration.Listener]) -> [String] {
        var hosts = ["localhost"]
        for listener in listeners {
            let host = listener.address.host
            let shown = host.contains(":") ? "[\(host)]" : host
            let isEvery = NetworkText.bits(host)?.allSatisfy { $0 == 0 } ?? true
            if !isEvery, !hosts.contains(shown) { hosts.append(shown) }
        }
        return hosts
    }

    private static func refuse(
        _ option: String, _ text: String, _ expected: String, _ suggestion: String?
    ) -> ConfigurationError {
        let help = suggestion.map { "; \($0)" } ?? ""
        return .invalid(option, "found `\(text.printable(max: 100))`, expected \(expected)\(help)")
    }
}

/// The shared secret of the development issuer: 32 random bytes as hexadecimal text.
enum DevelopmentSecret {
    /// Reads the secret in `folder`, after making it if it is not there.
    static func load(folder: String) throws(ConfigurationError) -> Redacted<[UInt8]> {
        guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw .invalid("--data", "the folder `\(folder.printable(max: 200))` cannot be made")
        }
        let path = FilePath.resolve(QuickStart.secretFile, in: folder)
        let shown = "`\(path.printable(max: 200))`"
        if try create(path) == false { throw .invalid("--data", "\(shown) cannot be written") }
        switch FileLook(path: path, bytesMax: 4_096) {
        case .failure(let reason): throw .invalid("--data", "\(shown): \(reason)")
        case .content(let content, let mode):
            guard mode & 0o006 == 0 else {
                throw .invalid("--data", "others can read \(shown): chmod 600, or delete it")
            }
            let secret = content.dangerouslyRevealed.withoutFinalNewline
            guard secret.count >= 32 else {
                throw .invalid("--data", "\(shown) holds less than 32 bytes: delete it")
            }
            return Redacted(secret)
        }
    }

    /// Whether a secret file is there: makes one if none is, and never touches one that is.
    static func create(_ path: String) throws(ConfigurationError) -> Bool {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let file = unsafe open(path, flags, 0o600)
        guard file >= 0 else { return errno == EEXIST }
        defer { close(file) }
        var random = [UInt8](repeating: 0, count: 32)
        let filled = unsafe random.withUnsafeMutableBytes { unsafe getentropy($0.baseAddress, 32) }
        guard filled == 0 else { throw .invalid("--data", "the system has no random bytes") }
        var text: [UInt8] = []
        for byte in random {
            for digit in [byte >> 4, byte & 15] {
                text.append(digit < 10 ? digit + 0x30 : digit + 0x57)
            }
        }
        text.append(0x0A)
        let written = unsafe text.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
        guard written == text.count, fsync(file) == 0 else {
            _ = unsafe unlink(path)
            return false
        }
        return true
    }
}
