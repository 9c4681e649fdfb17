public import GatehouseCore
import GatehouseCrypto
import Glibc

extension IdentityTokenSigner {
    /// Signs with the key in `folder`; the first run makes it.
    ///
    /// The key is `identity-key.pem` (PKCS#8), readable by its owner alone; a file that others may
    /// read stops the start, since anybody could sign with it.
    public convenience init(
        folder: String, issuer: String = "gatehouse", lifetime: Duration = .seconds(60)
    ) throws(ConfigurationError) {
        let file = PrivateKeyFile(path: folder + "/identity-key.pem")
        try self.init(key: file.loadOrCreate(), issuer: issuer, lifetime: lifetime)
    }
}

/// A private key in a file of its own.
struct PrivateKeyFile {
    let path: String

    /// Most bytes of a key file.
    private static let bytesMax = 16_384

    /// The key, made by whoever comes first when several processes start at once.
    func loadOrCreate() throws(ConfigurationError) -> PrivateKey {
        if let key = try load() { return key }
        try write(makeKey().pem)
        guard let key = try load() else { throw refusal("can't be read after it was made") }
        return key
    }

    private func makeKey() throws(ConfigurationError) -> PrivateKey {
        do throws(KeyError) { return try PrivateKey.generate(.ed25519) } catch {
            throw refusal("no key could be made: \(error)")
        }
    }

    private func refusal(_ why: String) -> ConfigurationError { .invalid(path, why) }

    private func failure(_ what: String) -> ConfigurationError {
        let code = errno
        guard let text = unsafe strerror(code) else { return refusal("\(what): error \(code)") }
        return refusal("\(what): \(unsafe String(cString: text))")
    }

    /// The key, or nil if there is no file.
    func load() throws(ConfigurationError) -> PrivateKey? {
        let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw failure("can't be opened")
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("can't be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw refusal("is no regular file") }
        guard status.st_mode & 0o077 == 0 else {
            throw refusal("can be read or written by others; run: chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        guard count > 0 else { throw failure("can't be read") }
        bytes.removeLast(bytes.count - count)
        do throws(KeyError) { return try PrivateKey(pem: bytes.raw) } catch {
            throw refusal(error.description)
        }
    }

    /// Writes a new file whole under a name of its own, then gives it the final name unless
    /// somebody was faster: nobody ever reads half a key.
    private func write(_ pem: Redacted<[UInt8]>) throws(ConfigurationError) {
        let temporary = "\(path).\(getpid()).new"
        unsafe unlink(temporary)
        let descriptor = unsafe open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("can't be created") }
        defer { unsafe unlink(temporary) }
        let bytes = pem.dangerouslyRevealed
        let isWritten =
            unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count
            && fsync(descriptor) == 0
        let isClosed = close(descriptor) == 0
        guard isWritten, isClosed, !bytes.isEmpty else { throw failure("can't be written") }
        guard unsafe link(temporary, path) == 0 || errno == EEXIST else {
            throw failure("can't be created")
        }
    }
}
