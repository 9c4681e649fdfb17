import CPostgreSQL
import GatehouseCore
import Glibc

/// Where a PostgreSQL server is, and how it is spoken to: the caller's address, read by libpq
/// itself, and safe settings for what it leaves open.
struct PostgreSQLAddress: Sendable {
    /// libpq's keywords and their values; the password is among them.
    let settings: Redacted<[String: String]>

    /// Reads `postgres://user:password@host:port/database?…` or libpq's `host=… dbname=…`.
    /// - Parameter environment: the process's variables, which libpq reads where an address is
    ///   silent.
    init(
        _ text: String, environment: (String) -> String? = Self.variable
    ) throws(DatabaseError) {
        guard !text.hasZeroByte else { throw .refused("an address with a zero byte") }
        var found = try Self.parsed(text)
        guard found["service"] == nil, environment("PGSERVICE") == nil else {
            throw .refused("a PostgreSQL service file: write the address out")
        }
        func complete(_ name: String, _ value: String) {
            if found[name] == nil { found[name] = value }
        }
        if !Self.isLocal(found, environment) {
            complete("sslmode", "verify-full")
            // libpq would take encryption by Kerberos instead and never look at a certificate.
            complete("gssencmode", "disable")
            if found["sslmode"] == "verify-full" || found["sslmode"] == "verify-ca" {
                // Neither a password in clear nor its MD5 is sent, and nobody sits between.
                complete("channel_binding", "require")
                if environment("PGSSLROOTCERT") == nil, let roots = Self.systemRoots {
                    complete("sslrootcert", roots)
                }
            }
        }
        if PQlibVersion() >= 160_000 { complete("require_auth", "!password,!md5") }
        complete("application_name", "gatehouse")
        found["client_encoding"] = "UTF8"
        settings = Redacted(found)
    }

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    private static func parsed(_ text: String) throws(DatabaseError) -> [String: String] {
        guard let options = unsafe PQconninfoParse(text, nil) else {
            // libpq's own text repeats the address.
            throw .refused("a PostgreSQL address that cannot be read")
        }
        defer { unsafe PQconninfoFree(options) }
        var found: [String: String] = [:]
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe found[String(cString: keyword)] = String(cString: value)
            }
            unsafe option += 1
        }
        return found
    }

    /// Whether all hosts are this machine itself.
    private static func isLocal(
        _ settings: [String: String], _ environment: (String) -> String?
    ) -> Bool {
        // The numeric address is where the connection goes, whatever the name says.
        let hosts =
            settings["hostaddr"] ?? settings["host"] ?? environment("PGHOSTADDR")
            ?? environment("PGHOST") ?? ""
        return hosts.split(separator: ",", omittingEmptySubsequences: false)
            .allSatisfy { Hosts.isThisMachine($0) }
    }

    /// Debian's list of authorities, unless the user keeps one for PostgreSQL.
    private static let systemRoots: String? = {
        let own = variable("HOME").map { $0 + "/.postgresql/root.crt" }
        if let own, unsafe access(own, R_OK) == 0 { return nil }
        let path = "/etc/ssl/certs/ca-certificates.crt"
        return unsafe access(path, R_OK) == 0 ? path : nil
    }()
}
