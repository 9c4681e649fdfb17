import GatehouseCore
import GatehouseCrypto
import GatehouseValidation
import Glibc

/// The file of a key ring: all keys with their times, sealed, replaced whole.
struct KeyFile {
    /// One key of a ring.
    struct Entry: Sendable {
        let key: PrivateKey
        /// The moment from which it signs.
        var start: WallTime
        var keyID: String { key.publicKey.thumbprint }
    }

    let path: String
    let seal: Seal

    private static let place = Seal.Place(table: "keys", column: "ring", row: "tokens")
    private static let bytesMax = 1 << 20

    /// Runs `body` while no other process changes the ring.
    func locked<Value>(
        _ body: () throws(ConfigurationError) -> Value
    ) throws(ConfigurationError) -> Value {
        let file = unsafe open(path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("its lock cannot be opened") }
        defer { close(file) }
        guard flock(file, LOCK_EX) == 0 else { throw failure("cannot be locked") }
        return try body()
    }

    private func failure(_ what: String) -> ConfigurationError {
        .invalid(path, "\(what): \(unsafe String(cString: strerror(errno)))")
    }

    /// The keys in the order of their starts; none when there is no file.
    func read() throws(ConfigurationError) -> [Entry] {
        let file = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        if file < 0, errno == ENOENT { return [] }
        guard file >= 0 else { throw failure("cannot be opened") }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .invalid(path, "is no regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .invalid(path, "can be read or written by others; run: chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
        let count = unsafe Glibc.read(file, &bytes, bytes.count)
        guard count > 0 else { throw failure("cannot be read") }
        bytes.removeLast(bytes.count - count)
        guard let plain = try? seal.open(bytes, for: Self.place), let entries = entries(plain)
        else {
            throw .invalid(path, "was sealed with another key, or is damaged")
        }
        return entries
    }

    private func entries(_ json: [UInt8]) -> [Entry]? {
        var tape = JSONTape()
        var entries: [Entry] = []
        guard let root = try? tape.parse(json.raw), let list = root["keys"], list.kind == .array
        else { return nil }
        var elements = list.elements
        while let element = elements.next() {
            guard let pem = element["pem"]?.string, let start = element["start"]?.integer,
                let key = try? PrivateKey(pem: Array(pem.utf8).raw)
            else { return nil }
            entries.append(Entry(key: key, start: WallTime(nanoseconds: start)))
        }
        return entries
    }

    /// Replaces the file whole: whoever reads sees the old keys or the new ones.
    func write(_ entries: [Entry]) throws(ConfigurationError) {
        var json = JSONWriter()
        json.beginObject()
        json.key("keys")
        json.beginArray()
        for entry in entries {
            json.beginObject()
            json.key("pem")
            json.string(String(decoding: entry.key.pem.dangerouslyRevealed, as: UTF8.self))
            json.key("start")
            json.number(Int(entry.start.nanoseconds))
            json.endObject()
        }
        json.endArray()
        json.endObject()
        try put(seal.seal(json.finish(), for: Self.place))
    }

    private func put(_ bytes: [UInt8]) throws(ConfigurationError) {
        let temporary = "\(path).\(getpid()).new"
        unsafe unlink(temporary)
        let file = unsafe open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("cannot be made") }
        let isWritten =
            unsafe Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        close(file)
        guard isWritten, unsafe rename(temporary, path) == 0 else {
            let failure = failure("cannot be written")
            unsafe unlink(temporary)
            throw failure
        }
    }
}
