import GatehouseCore

@testable import Gatehouse

/// Surroundings that no test machine changes: a few variables and files.
enum Fixture {
    static let secret = "correct-horse-battery-staple-0123456789"
    static let routes = "routes: [{ path: /, methods: [GET], access: anyone, respond: {} }]\n"

    private static let variables = [
        "JWT_SECRET": secret, "SHORT_SECRET": "short",
        "DULL_SECRET": String(repeating: "a", count: 40),
    ]
    private static let files: [String: (String, UInt32)] = [
        "/etc/gatehouse/cert.pem": ("-----BEGIN CERTIFICATE-----\n", 0o100644),
        "/etc/gatehouse/key.pem": ("-----BEGIN PRIVATE KEY-----\n", 0o100600),
        "/etc/gatehouse/open.pem": ("-----BEGIN PRIVATE KEY-----\n", 0o100644),
        "/etc/gatehouse/token.secret": (secret + "\n", 0o100600),
        "/etc/gatehouse/open.secret": (secret + "\n", 0o100644),
        "/etc/gatehouse/keys.json": ("{\"keys\":[]}", 0o100644),
        "/etc/gatehouse/body.json": ("{}", 0o100644),
    ]

    static let surroundings = Surroundings(
        environment: { variables[$0].map { Array($0.utf8) } },
        file: { path, bytesMax in
            guard let (text, mode) = files[path] else { return .failure("no such file") }
            return .content(Redacted(Array(text.utf8)), mode: mode)
        })

    static func read(_ text: String) throws(ConfigurationIssues) -> ConfigurationFile {
        try read(Array(text.utf8))
    }

    static func read(_ bytes: [UInt8]) throws(ConfigurationIssues) -> ConfigurationFile {
        try Configuration.parse(
            bytes, name: "gatehouse.yml", folder: "/etc/gatehouse", surroundings: surroundings)
    }

    /// What a reader of the terminal sees: errors, or else warnings, or else "valid".
    static func rendered(_ text: String) -> String {
        do throws(ConfigurationIssues) {
            let file = try read(text)
            let notable = file.warnings.filter { $0.severity == .warning }
            return notable.isEmpty ? "valid\n" : notable.map(\.description).joined(separator: "\n")
        } catch {
            return error.description
        }
    }
}
