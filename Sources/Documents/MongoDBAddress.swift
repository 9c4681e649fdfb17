import CMongoC
import GatehouseCore
import GatehouseStorage

/// Where a MongoDB server is, and how it is spoken to: the caller's address, read by libmongoc
/// itself, and safe settings for what it leaves open.
@safe final class MongoDBAddress: @unchecked Sendable {
    /// Never changed after `init`; clients copy it.
    private let handle: OpaquePointer

    /// What no address may switch off.
    private static let forbidden = [
        "tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames",
        "tlsdisablecertificaterevocationcheck",
    ]

    /// Reads `mongodb://user:password@host/?…`.
    init(_ text: String, limits: SQLLimits) throws(DatabaseError) {
        MongoDBConnection.start()
        guard !text.hasZeroByte else { throw .refused("an address with a zero byte") }
        // libmongoc's own text repeats the address.
        guard let handle = unsafe mongoc_uri_new_with_error(text, nil) else {
            throw .refused("a MongoDB address that cannot be read")
        }
        unsafe self.handle = unsafe handle
        for option in Self.forbidden
        where unsafe mongoc_uri_get_option_as_bool(handle, option, false) {
            throw .refused("a MongoDB address that does not check certificates")
        }
        if !isLocal, unsafe !mongoc_uri_has_option(handle, "tls"),
            unsafe !mongoc_uri_has_option(handle, "ssl")
        {
            unsafe mongoc_uri_set_option_as_bool(handle, "tls", true)
        }
        if unsafe mongoc_uri_get_username(handle) != nil {
            try chooseMechanism()
        }
        set("connecttimeoutms", limits.connectMax)
        set("serverselectiontimeoutms", limits.connectMax)
        // The server ends a statement first; this is for one that hangs.
        set("sockettimeoutms", limits.statementMax + .seconds(1))
        unsafe mongoc_uri_set_appname(handle, "gatehouse")
    }

    deinit { unsafe mongoc_uri_destroy(handle) }

    private func set(_ option: String, _ duration: Duration) {
        guard unsafe !mongoc_uri_has_option(handle, option) else { return }
        let milliseconds = max(1, min(duration.nanoseconds / 1_000_000, Int64(Int32.max)))
        unsafe mongoc_uri_set_option_as_int32(handle, option, Int32(milliseconds))
    }

    /// SCRAM-SHA-256 unless the address names another; the password itself never in clear.
    private func chooseMechanism() throws(DatabaseError) {
        guard let named = unsafe mongoc_uri_get_auth_mechanism(handle) else {
            unsafe mongoc_uri_set_auth_mechanism(handle, "SCRAM-SHA-256")
            return
        }
        if unsafe String(cString: named) == "PLAIN", unsafe !mongoc_uri_get_tls(handle) {
            throw .refused("a password in clear without TLS")
        }
    }

    private var isLocal: Bool {
        // Names behind an SRV record are known only later.
        guard unsafe mongoc_uri_get_srv_hostname(handle) == nil else { return false }
        var next = unsafe mongoc_uri_get_hosts(handle)
        while let host = unsafe next {
            let name = unsafe withUnsafeBytes(of: host.pointee.host) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard Hosts.isThisMachine(name) else { return false }
            unsafe next = unsafe UnsafePointer(host.pointee.next)
        }
        return true
    }

    /// Whether connections are encrypted.
    var usesTLS: Bool { unsafe mongoc_uri_get_tls(handle) }

    /// The mechanism by which a user is known, if there is one.
    var mechanism: String? {
        unsafe mongoc_uri_get_auth_mechanism(handle).map { unsafe String(cString: $0) }
    }

    /// A client of this address. It connects when it is used.
    func client() throws(DatabaseError) -> MongoDBConnection {
        guard let client = unsafe mongoc_client_new_from_uri_with_error(handle, nil) else {
            throw .refused("a MongoDB address that cannot be used")
        }
        return unsafe MongoDBConnection(unsafe: client)
    }
}
