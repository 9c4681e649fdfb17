import COpenSSL
public import GatehouseCore

/// One TLS connection as bytes in, bytes out: it knows no sockets.
///
/// Nothing is kept between calls but OpenSSL's state and, at most, a record that has not arrived
/// whole. After an error every further call throws the same error; the output may hold an alert,
/// which is worth sending. Confined to one thread at a time.
@safe public final class TLSSession {
    /// What `process` waits for.
    public enum Progress: Equatable, Sendable {
        /// All input was taken; more is needed.
        case needsInput
        /// Plaintext has no room: input, or bytes inside OpenSSL, are left. Empty it, call again,
        /// even with empty input.
        case plaintextFull
        /// Output has no room: send it, call again, even with empty input.
        case outputFull
        /// The peer said goodbye (close_notify); nothing more will come.
        case closed
    }

    @unsafe let ssl: OpaquePointer
    let channel = TLSChannel()
    private let context: TLSContextHandle
    private var failure: TLSError?
    private var isCloseSent = false
    private var recordsUnderKey = 0

    /// Whether application data may flow.
    public var isHandshakeComplete: Bool { isComplete }
    private var isComplete = false

    /// Records sent under one key before it is replaced. AES-GCM's margin ends at 2^24.5 of them
    /// (RFC 8446 section 5.5), and OpenSSL does not count.
    var recordsPerKeyMax = 1 << 23

    /// Most plaintext in one record (RFC 8446 section 5.1).
    private static let recordBytesMax = 16_384
    /// More than any record adds to its plaintext, together with a KeyUpdate that may precede it.
    static let recordReserve = 256

    /// Waits for a client.
    /// - Throws: `internalFailure` when memory runs out.
    public convenience init(server: TLSServerContext) throws(TLSError) {
        try self.init(server.handle)
        unsafe SSL_set_accept_state(ssl)
    }

    /// Talks to the server called `serverName`, a host name or an IP address, which its certificate
    /// must name (RFC 9525). The first `process` produces the first bytes.
    /// - Throws: `internalFailure` when memory runs out or the name can be no name.
    public convenience init(client: TLSClientContext, serverName: String) throws(TLSError) {
        try self.init(client.handle)
        unsafe SSL_set_connect_state(ssl)
        try expect(serverName)
    }

    private init(_ context: TLSContextHandle) throws(TLSError) {
        self.context = context
        guard let ssl = unsafe SSL_new(context.pointer) else {
            throw .internalFailure(OpenSSLFailure.take().text)
        }
        unsafe self.ssl = ssl
        guard let bio = unsafe channel.makeBIO() else {
            throw .internalFailure(OpenSSLFailure.take().text)
        }
        unsafe SSL_set_bio(ssl, bio, bio)
    }

    deinit { unsafe SSL_free(ssl) }

    private func expect(_ name: String) throws(TLSError) {
        let parameters = unsafe SSL_get0_param(ssl)
        let isAddress = unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1
        if !isAddress {
            ERR_clear_error()
            unsafe X509_VERIFY_PARAM_set_hostflags(
                parameters,
                UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
            guard CertificateName(name) != nil, unsafe SSL_set1_host(ssl, name) == 1,
                unsafe gh_SSL_set_server_name(ssl, name) == 1
            else {
                ERR_clear_error()
                throw .internalFailure("no host name to verify")
            }
        }
    }

    // MARK: Receiving

    /// Makes the handshake as far as it goes, then decrypts until `input` is used up or `plaintext`
    /// is full; what must be sent is appended to `output`.
    public func process(
        input: Buffer, plaintext: Buffer, output: Buffer
    ) throws(TLSError) -> Progress {
        if let failure { throw failure }
        channel.attach(input: input, output: output)
        defer { channel.detach() }
        if ERR_peek_error() != 0 { ERR_clear_error() }
        if !isComplete {
            let code = unsafe SSL_do_handshake(ssl)
            guard code == 1 else { return try stopped(code) }
            isComplete = true
        }
        while true {
            let isDrained = unsafe input.isEmpty && SSL_has_pending(ssl) == 0
            if isDrained { return hasEnded ? .closed : .needsInput }
            let space = unsafe plaintext.unsafeFreeSpace
            if unsafe space.isEmpty { return .plaintextFull }
            var count = 0
            let code = unsafe SSL_read_ex(ssl, space.baseAddress, space.count, &count)
            guard code == 1 else { return try stopped(code) }
            plaintext.commit(count)
        }
    }

    /// Whether OpenSSL holds bytes that came and were not given out, so that `process` is worth a
    /// call with empty input as soon as plaintext has room.
    public var hasBufferedInput: Bool { unsafe SSL_has_pending(ssl) == 1 }

    private var hasEnded: Bool { unsafe SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN != 0 }

    /// Why OpenSSL returned without success.
    private func stopped(_ code: Int32) throws(TLSError) -> Progress {
        switch unsafe SSL_get_error(ssl, code) {
        case SSL_ERROR_WANT_READ: return .needsInput
        case SSL_ERROR_WANT_WRITE: return .outputFull
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: throw fail()
        }
    }

    /// Notes the reason; OpenSSL allows no further call on a session that failed.
    private func fail() -> TLSError {
        let error = TLSError(
            OpenSSLFailure.take(), verification: unsafe SSL_get_verify_result(ssl))
        failure = error
        return error
    }

    // MARK: Sending

    /// Encrypts as much of `plaintext` as `output` has room for; returns how many bytes were taken.
    ///
    /// A record needs its length and 256 bytes of room; nothing is begun that does not fit, so that
    /// OpenSSL never holds back half a record.
    public func encrypt(_ plaintext: RawSpan, output: Buffer) throws(TLSError) -> Int {
        if let failure { throw failure }
        guard isHandshakeComplete, !isCloseSent else {
            throw .internalFailure("no data before the handshake or after the end")
        }
        channel.attach(input: nil, output: output)
        defer { channel.detach() }
        if ERR_peek_error() != 0 { ERR_clear_error() }
        var taken = 0
        while taken < plaintext.byteCount, output.free > Self.recordReserve {
            let room = min(output.free - Self.recordReserve, Self.recordBytesMax)
            let length = min(plaintext.byteCount - taken, room)
            try writeRecord(plaintext.extracting(taken..<taken + length))
            taken += length
        }
        return taken
    }

    private func writeRecord(_ bytes: RawSpan) throws(TLSError) {
        var written = 0
        let code = unsafe bytes.withUnsafeBytes { source in
            unsafe SSL_write_ex(ssl, source.baseAddress, source.count, &written)
        }
        guard code == 1, written == bytes.byteCount else { throw fail() }
        recordsUnderKey += 1
        if recordsUnderKey >= recordsPerKeyMax { try replaceKey() }
    }

    /// TLS 1.3 alone can change keys within a connection; the KeyUpdate goes before the next
    /// record.
    private func replaceKey() throws(TLSError) {
        recordsUnderKey = 0
        guard protocolVersion == .tls13 else { return }
        guard unsafe SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 else { throw fail() }
    }

    /// Appends a close_notify, so that the peer can tell our end from a cut line; at most once, and
    /// only after the handshake. Needs 256 bytes of room, else it does nothing.
    public func close(output: Buffer) {
        guard isHandshakeComplete, !isCloseSent, failure == nil else { return }
        guard output.free >= Self.recordReserve else { return }
        isCloseSent = true
        channel.attach(input: nil, output: output)
        defer { channel.detach() }
        if unsafe SSL_shutdown(ssl) < 0 { ERR_clear_error() }
    }

    // MARK: Facts

    /// The agreed version; nil before the handshake is complete.
    public var protocolVersion: TLSVersion? {
        guard isHandshakeComplete else { return nil }
        switch unsafe SSL_version(ssl) {
        case TLS1_3_VERSION: return .tls13
        case TLS1_2_VERSION: return .tls12
        default: return nil
        }
    }

    /// The agreed suite by its IANA name, such as `TLS_AES_128_GCM_SHA256`; nil before the
    /// handshake.
    public var cipherName: String? {
        guard isHandshakeComplete, let cipher = unsafe SSL_get_current_cipher(ssl),
            let name = unsafe SSL_CIPHER_standard_name(cipher)
        else { return nil }
        return unsafe String(cString: name)
    }

    /// The host name that the client asked for (RFC 6066 section 3), as it was sent; nil if none.
    public var serverName: String? {
        guard let name = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) else {
            return nil
        }
        return unsafe String(cString: name)
    }

    /// Whether the handshake went on from an earlier connection's ticket.
    public var isResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }
}
