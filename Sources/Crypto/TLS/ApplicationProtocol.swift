import COpenSSL

/// The application protocol that we speak inside TLS (ALPN, RFC 7301): `http/1.1`.
enum ApplicationProtocol {
    /// In ALPN's form: a length and the name.
    static let list: [UInt8] = [8] + "http/1.1".utf8

    nonisolated(unsafe) private static let name: UnsafePointer<UInt8> = {
        let text: StaticString = "http/1.1"
        return unsafe text.utf8Start
    }()
    private static let nameLength: UInt8 = 8

    /// Chooses `http/1.1` from a client's list; a list without it ends the handshake with the alert
    /// `no_application_protocol`, so that no client takes our bytes for another protocol's.
    static func select(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
        _ length: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ count: UInt32
    ) -> Int32 {
        guard let offered = unsafe offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        let list = unsafe UnsafeBufferPointer(start: offered, count: Int(count))
        let own = unsafe UnsafeBufferPointer(start: name, count: Int(nameLength))
        var index = 0
        while index < list.count {
            let size = unsafe Int(list[index])
            let end = index + 1 + size
            guard end <= list.count else { break }
            if unsafe list[(index + 1)..<end].elementsEqual(own) {
                unsafe chosen?.pointee = name
                unsafe length?.pointee = nameLength
                return SSL_TLSEXT_ERR_OK
            }
            index = end
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}
