import COpenSSL
import GatehouseCore
import Synchronization

/// Keys of session tickets, replaced every hour: whoever steals one opens little.
///
/// A ticket carries the session's secret to the client and back (RFC 5077, RFC 8446 section 4.6.1),
/// so that resumption needs no memory here. Tickets of the two hours before still open. The keys
/// live in this process alone; a reloaded context takes them over. A ticket resumes under any of
/// the server's names: one process answers them all, and no client is known by its certificate.
@safe final class TicketKeys: Sendable {
    private let keys: Mutex<[Key]>
    private let clock: @Sendable () -> MonotonicTime
    nonisolated(unsafe) private let cipher: OpaquePointer?

    /// A key seals for this long.
    static let sealingTime = Duration.seconds(3_600)
    /// A ticket, and so a session, lives this long.
    static let ticketLifetime = Duration.seconds(7_200)

    private static let nameBytes = 16
    private static let secretBytes = 32
    private static let ivBytes = 16

    private struct Key {
        let name: [UInt8]
        var encryption: [UInt8]
        var authentication: [UInt8]
        let made: MonotonicTime

        init(made: MonotonicTime) {
            name = SecureRandom.bytes(nameBytes)
            encryption = SecureRandom.bytes(secretBytes)
            authentication = SecureRandom.bytes(secretBytes)
            self.made = made
        }
    }

    init(clock: @escaping @Sendable () -> MonotonicTime = { .now }) {
        self.clock = clock
        keys = Mutex([])
        unsafe cipher = EVP_CIPHER_fetch(nil, "AES-256-CBC", nil)
    }

    deinit { unsafe EVP_CIPHER_free(cipher) }

    /// The key that seals now, made anew when the last one is too old; forgets keys that no living
    /// ticket was sealed with.
    private func sealing() -> Key {
        let now = clock()
        return keys.withLock { keys in
            if let newest = keys.first, now - newest.made < Self.sealingTime { return newest }
            let kept = keys.prefix { now - $0.made < Self.sealingTime + Self.ticketLifetime }.count
            for index in kept..<keys.count {
                wipe(&keys[index].encryption)
                wipe(&keys[index].authentication)
            }
            keys.removeSubrange(kept...)
            let fresh = Key(made: now)
            keys.insert(fresh, at: 0)
            return fresh
        }
    }

    private func opening(_ name: UnsafeBufferPointer<UInt8>) -> Key? {
        let now = clock()
        return keys.withLock { keys in
            keys.first {
                unsafe $0.name.elementsEqual(name)
                    && now - $0.made < Self.sealingTime + Self.ticketLifetime
            }
        }
    }

    // MARK: OpenSSL's side

    /// Makes `context` seal its tickets with these keys; they must outlive it.
    @unsafe func install(in context: OpaquePointer) {
        unsafe _ = gh_SSL_CTX_set_app_data(context, Unmanaged.passUnretained(self).toOpaque())
        unsafe _ = SSL_CTX_set_tlsext_ticket_key_evp_cb(context) {
            ssl, name, iv, cipher, mac, seal in
            guard let name = unsafe name, let iv = unsafe iv,
                let data = unsafe gh_SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl))
            else { return -1 }
            let keys = unsafe Unmanaged<TicketKeys>.fromOpaque(data).takeUnretainedValue()
            return seal == 1
                ? unsafe keys.seal(name, iv, cipher, mac)
                : unsafe keys.open(
                    name, iv, cipher, mac, isTLS13: SSL_version(ssl) == TLS1_3_VERSION)
        }
    }

    /// 1: sealed; -1: the handshake fails.
    private func seal(
        _ name: UnsafeMutablePointer<UInt8>, _ iv: UnsafeMutablePointer<UInt8>,
        _ cipherContext: OpaquePointer?, _ mac: OpaquePointer?
    ) -> Int32 {
        let key = sealing()
        unsafe name.update(from: key.name, count: Self.nameBytes)
        guard unsafe RAND_bytes(iv, Int32(Self.ivBytes)) == 1,
            unsafe EVP_EncryptInit_ex2(cipherContext, cipher, key.encryption, iv, nil) == 1,
            unsafe arm(mac, key)
        else { return -1 }
        return 1
    }

    /// 0: unknown key, a full handshake follows; 1: open; 2: open, and a new ticket is due. TLS 1.3
    /// wants each ticket used once (RFC 8446 appendix C.4), so there a new one always is.
    private func open(
        _ name: UnsafeMutablePointer<UInt8>, _ iv: UnsafeMutablePointer<UInt8>,
        _ cipherContext: OpaquePointer?, _ mac: OpaquePointer?, isTLS13: Bool
    ) -> Int32 {
        let wanted = unsafe UnsafeBufferPointer(start: name, count: Self.nameBytes)
        guard let key = unsafe opening(wanted) else { return 0 }
        guard unsafe arm(mac, key),
            unsafe EVP_DecryptInit_ex2(cipherContext, cipher, key.encryption, iv, nil) == 1
        else { return -1 }
        return isTLS13 || clock() - key.made >= Self.sealingTime ? 2 : 1
    }

    private func arm(_ mac: OpaquePointer?, _ key: Key) -> Bool {
        unsafe gh_EVP_MAC_CTX_set_hmac_sha256(
            mac, key.authentication, key.authentication.count) == 1
    }
}
