import GatehouseCore

/// Where a connection goes, as far as it decides about encryption.
package enum Hosts {
    /// Whether a host is this machine itself: a socket in a folder, `localhost`, or a loopback
    /// address, and nothing that merely begins like one.
    package static func isThisMachine(_ host: some StringProtocol) -> Bool {
        host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") || host == "localhost"
            || IPAddress(String(host))?.isLoopback == true
    }
}
