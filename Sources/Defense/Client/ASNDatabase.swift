import CMaxMind
package import GatehouseCore
import Glibc

/// A file in the MaxMind format that says which autonomous system announces an address, such as
/// GeoLite2-ASN: mapped into memory and only read.
///
/// `@unchecked Sendable`: the map is never changed after `init`, and look-ups only read it.
@safe package final class ASNDatabase: AutonomousSystems, @unchecked Sendable {
    private let database: UnsafeMutablePointer<MMDB_s>
    private let holdsIPv6: Bool

    /// Opens the file. It must be replaced by another under its name, not overwritten.
    /// - Throws: what is wrong with it.
    package init(path: String) throws(ConfigurationError) {
        let opened = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
        let code = unsafe MMDB_open(path, UInt32(MMDB_MODE_MMAP), opened)
        guard code == MMDB_SUCCESS else {
            unsafe opened.deallocate()
            throw .invalid(
                "geo.asn-database", "cannot be read: \(unsafe String(cString: MMDB_strerror(code)))"
            )
        }
        unsafe database = opened
        holdsIPv6 = unsafe opened.pointee.metadata.ip_version == 6
        guard unsafe String(cString: opened.pointee.metadata.database_type).contains("ASN") else {
            throw .invalid("geo.asn-database", "is no database of autonomous systems (ASN)")
        }
    }

    deinit {
        unsafe MMDB_close(database)
        unsafe database.deallocate()
    }

    package func number(of address: IPAddress) -> UInt32? {
        address.isIPv4 ? lookUp(v4: address) : holdsIPv6 ? lookUp(v6: address) : nil
    }

    private func lookUp(v4 address: IPAddress) -> UInt32? {
        var socket = sockaddr_in()
        socket.sin_family = sa_family_t(AF_INET)
        socket.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.low).bigEndian
        return unsafe withUnsafePointer(to: &socket) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe lookUp($0)
            }
        }
    }

    private func lookUp(v6 address: IPAddress) -> UInt32? {
        var socket = sockaddr_in6()
        socket.sin6_family = sa_family_t(AF_INET6)
        unsafe withUnsafeMutableBytes(of: &socket.sin6_addr) { bytes in
            unsafe bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
            unsafe bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return unsafe withUnsafePointer(to: &socket) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe lookUp($0)
            }
        }
    }

    private func lookUp(_ address: UnsafePointer<sockaddr>) -> UInt32? {
        var error = MMDB_SUCCESS
        var result = unsafe MMDB_lookup_sockaddr(database, address, &error)
        guard error == MMDB_SUCCESS, unsafe result.found_entry else { return nil }
        var data = unsafe MMDB_entry_data_s()
        let code = unsafe gh_mmdb_value(&result.entry, &data, "autonomous_system_number")
        guard code == MMDB_SUCCESS, unsafe data.has_data else { return nil }
        return switch unsafe Int32(data.type) {
        case MMDB_DATA_TYPE_UINT32: unsafe data.uint32
        case MMDB_DATA_TYPE_UINT16: unsafe UInt32(data.uint16)
        default: nil
        }
    }
}
