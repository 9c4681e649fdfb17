import GatehouseCore
import GatehouseCrypto
import GatehouseObservability
import GatehouseValidation
import Glibc

/// What was learned, in a file of the data folder: written whole under another name and renamed, so
/// that nobody ever reads half of it, and sealed with a hash, so that damage is noticed.
struct LearnedFile: Sendable {
    /// What a file holds.
    struct Content: Sendable {
        /// Hashes clients; without it nobody can try addresses out against the file's hashes.
        var key: [UInt8]
        var traffic: OpenAPITraffic

        /// Nothing yet.
        init() {
            key = SecureRandom.bytes(32)
            traffic = OpenAPITraffic(isSecret: Redaction.hidesValue(of:))
        }

        init(key: [UInt8], traffic: OpenAPITraffic) {
            self.key = key
            self.traffic = traffic
        }
    }

    /// What a look at the file shows.
    enum Look: Sendable {
        case none
        case content(Content)
        /// It is no file of ours any more, and why.
        case broken(String)
        /// It cannot be read, and why.
        case unreadable(String)
    }

    static let name = "openapi-learned.json"
    let path: String

    private static let mark = "gatehouse-openapi-learned 1 "
    private static let bytesMax = 64 << 20
    private static let keyBytes = 32

    init(folder: String) { path = FilePath.resolve(Self.name, in: folder) }

    // MARK: Reading

    func load() -> Look {
        switch FileLook(path: path, bytesMax: Self.bytesMax) {
        case .failure(let reason):
            if unsafe access(path, F_OK) != 0, errno == ENOENT { return .none }
            return .unreadable(reason)
        case .content(let content, _): return Self.read(content.dangerouslyRevealed)
        }
    }

    static func read(_ bytes: [UInt8]) -> Look {
        guard let end = bytes.firstIndex(of: 0x0A), bytes.starts(with: mark.utf8) else {
            return .broken("it does not begin as such a file does")
        }
        let json = Array(bytes[(end + 1)...])
        let digest = hex(HashAlgorithm.sha256.hash(json.raw))
        guard bytes[mark.utf8.count..<end].elementsEqual(digest.utf8) else {
            return .broken("its hash is not that of its content")
        }
        var limits = JSONLimits()
        limits.bytesMax = .bytes(bytesMax)
        limits.depthMax = 250
        limits.membersMax = 10_000
        limits.valuesMax = 8_000_000
        let tree: DocumentTree
        do throws(JSONError) { tree = try DocumentTree(json: json, limits: limits) } catch {
            return .broken("\(error)")
        }
        guard let key = tree["key"]?.string.flatMap(bytes(hex:)), key.count == keyBytes,
            let inner = tree["traffic"],
            let traffic = OpenAPITraffic(inner, isSecret: Redaction.hidesValue(of:))
        else { return .broken("it holds what this version does not write") }
        return .content(Content(key: key, traffic: traffic))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(hex text: String) -> [UInt8]? {
        let digits = text.utf8.map(\.hexDigit)
        guard digits.count.isMultiple(of: 2), digits.allSatisfy({ $0 != nil }) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { index in
            (digits[index] ?? 0) << 4 | (digits[index + 1] ?? 0)
        }
    }

    // MARK: Writing

    static func bytes(of content: Content) -> [UInt8] {
        let tree = DocumentTree.fields([
            ("key", .text(hex(content.key))), ("traffic", content.traffic.tree()),
        ])
        let json = tree.json()
        let digest = hex(HashAlgorithm.sha256.hash(json.raw))
        return Array((mark + digest + "\n").utf8) + json
    }

    /// Writes the content, or says why not.
    func save(_ content: Content) throws(StartError) {
        let bytes = Self.bytes(of: content)
        guard bytes.count <= Self.bytesMax else { throw StartError("\(path): it grew too large") }
        let temporary = path + ".new"
        unsafe unlink(temporary)
        let descriptor = unsafe open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        let isWritten = Self.write(bytes, to: descriptor) && fsync(descriptor) == 0
        let reason = failure()
        guard close(descriptor) == 0, isWritten else {
            unsafe unlink(temporary)
            throw reason
        }
        guard unsafe rename(temporary, path) == 0 else { throw failure() }
        syncFolder()
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        unsafe bytes.withUnsafeBytes { source in
            var offset = 0
            while offset < source.count {
                let count = unsafe Glibc.write(
                    descriptor, source.baseAddress?.advanced(by: offset), source.count - offset)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                offset += count
            }
            return true
        }
    }

    /// A new name is only there for sure once its folder is written.
    private func syncFolder() {
        let folder = FilePath.folder(of: path)
        let descriptor = unsafe open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private func failure() -> StartError {
        StartError("\(path): \(unsafe String(cString: strerror(errno)))")
    }

    var isThere: Bool { unsafe access(path, F_OK) == 0 }

    /// Keeps a broken file under another name; the name, or nil if that failed.
    func setAside() -> String? {
        let aside = "\(path).broken-\(WallTime.now.seconds)"
        return unsafe rename(path, aside) == 0 ? aside : nil
    }

    /// Deletes the file; a running gate then begins anew. False if there was none.
    func remove() throws(StartError) -> Bool {
        if unsafe unlink(path) == 0 { return true }
        guard errno == ENOENT else { throw failure() }
        return false
    }

    /// Runs `body` while no other process of ours does: neither writes what the other just deleted.
    func locked<Result>(_ body: () throws(StartError) -> Result) throws(StartError) -> Result {
        let descriptor = unsafe open(
            path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure() }
        }
        return try body()
    }
}
