package import GatehouseCore
package import GatehouseCrypto
import Synchronization

/// The keys that sign our own tokens: kept sealed in a folder or database, rotated by a schedule,
/// published as a JWK Set, and known to our own verifier at once.
///
/// Tokens of accounts are signed with ES256 (P-256), which every JOSE library verifies. Several
/// processes may share a folder, several gates a database. What was read last is held in memory: a
/// ring whose storage is away goes on signing, verifying and keeping to its schedule.
package final class SigningKeys: VerificationKeySource {
    /// One key, for lists.
    package struct Listed: Sendable {
        /// Its `kid`, the thumbprint of RFC 7638.
        package let keyID: String
        /// What it is for now.
        package let state: KeySchedule.State
        /// The moment from which it signs.
        package let start: WallTime
    }

    private struct State {
        /// The storage's bytes that the entries were read from.
        var bytes: [UInt8]?
        var entries: [KeyRingEntry] = []
        var signing: KeyRingEntry?
        var verifying: VerificationKeys?
        var keySet: [UInt8] = []
    }

    private let storage: any KeyRingStorage
    private let coding: KeyRingCoding
    private let schedule: KeySchedule
    private let algorithm: SignatureAlgorithm
    private let state = Mutex(State())
    private let counter = Atomic<UInt64>(0)
    private static let keysMax = 50

    /// Opens the ring in `folder`, or makes its first key.
    package convenience init(
        folder: String, seal: Seal, schedule: KeySchedule = KeySchedule(), now: WallTime
    ) throws(ConfigurationError) {
        try self.init(
            KeyFile(path: folder + "/token-keys"), KeyRingCoding(seal: seal, row: "tokens"),
            .es256, schedule)
        try advance(now: now)
    }

    /// A ring whose keys were not read yet.
    init(
        _ storage: any KeyRingStorage, _ coding: KeyRingCoding, _ algorithm: SignatureAlgorithm,
        _ schedule: KeySchedule
    ) throws(ConfigurationError) {
        self.storage = storage
        self.coding = coding
        self.algorithm = algorithm
        self.schedule = schedule
    }

    /// Does what the schedule asks, and takes over what another process did. Call it now and then.
    package func advance(now: WallTime) throws(ConfigurationError) {
        let known = state.withLock { ($0.bytes, $0.entries) }
        let bytes: [UInt8]?
        do throws(ConfigurationError) { bytes = try storage.read() } catch {
            // The clock goes on: the next key signs in its time, a retired one goes.
            try adopt(known.1, from: known.0, now: now)
            throw error
        }
        let entries = bytes != nil && bytes == known.0 ? known.1 : try opened(bytes)
        guard isDue(entries, now) else { return try adopt(entries, from: bytes, now: now) }
        try change(now: now) { entries throws(ConfigurationError) in
            try addNext(to: &entries, now)
        }
    }

    private func isDue(_ entries: [KeyRingEntry], _ now: WallTime) -> Bool {
        schedule.nextStart(starts: entries.map(\.start), now: now) != nil
            || living(entries, now).count != entries.count
    }

    private func addNext(
        to entries: inout [KeyRingEntry], _ now: WallTime
    ) throws(ConfigurationError) {
        if let start = schedule.nextStart(starts: entries.map(\.start), now: now) {
            entries.append(KeyRingEntry(key: try makeKey(), start: start))
        }
    }

    /// Opens a ring that has none yet with these keys; else leaves it alone.
    func begin(with first: [KeyRingEntry], now: WallTime) throws(ConfigurationError) {
        try change(now: now) { entries throws(ConfigurationError) in
            if entries.isEmpty { entries = first }
            try addNext(to: &entries, now)
        }
    }

    /// Lets a new key sign as soon as others can know it: for a key that may be known to strangers.
    /// - Parameter lead: how long it is published before, at least.
    package func rotate(now: WallTime, lead: Duration = .zero) throws(ConfigurationError) {
        let start = now.nanoseconds.saturatingAdd(max(lead, storage.delay).nanoseconds)
        try change(now: now) { entries throws(ConfigurationError) in
            // A key that was only published gives way: the new one is the last to start.
            entries.removeAll { $0.start > now }
            entries.append(
                KeyRingEntry(key: try makeKey(), start: WallTime(nanoseconds: start)))
        }
    }

    /// Removes a key at once: its tokens are refused from now on. One that signs is replaced by a
    /// new one, which signs at once although others may not know it yet; never by an older one.
    /// - Returns: whether there was such a key.
    package func retire(_ keyID: String, now: WallTime) throws(ConfigurationError) -> Bool {
        var isFound = false
        try change(now: now) { entries throws(ConfigurationError) in
            guard let index = entries.firstIndex(where: { $0.keyID == keyID }) else { return }
            isFound = true
            let signs = index == entries.lastIndex { $0.start <= now }
            entries.remove(at: index)
            guard signs else { return }
            let place = entries.firstIndex { $0.start > now } ?? entries.count
            entries.insert(KeyRingEntry(key: try makeKey(), start: now), at: place)
        }
        return isFound
    }

    private func makeKey() throws(ConfigurationError) -> PrivateKey {
        guard let kind = algorithm.keyKind else { throw .invalid("keys", "no key signs so") }
        do throws(KeyError) { return try PrivateKey.generate(kind) } catch {
            throw .invalid("keys", error.description)
        }
    }

    private func opened(_ bytes: [UInt8]?) throws(ConfigurationError) -> [KeyRingEntry] {
        guard let bytes else { return [] }
        guard let entries = coding.open(bytes) else {
            throw .invalid(storage.name, "keys were sealed with another key, or are damaged")
        }
        return entries
    }

    /// The keys that are still of use.
    private func living(_ entries: [KeyRingEntry], _ now: WallTime) -> [KeyRingEntry] {
        let starts = entries.map(\.start)
        return entries.enumerated().filter { index, _ in
            schedule.state(of: index, starts: starts, now: now) != .retired
        }.map(\.element)
    }

    /// Reads the ring, changes it while nobody else does, drops what has retired, and adopts the
    /// result.
    private func change(
        now: WallTime, _ body: (inout [KeyRingEntry]) throws(ConfigurationError) -> Void
    ) throws(ConfigurationError) {
        var entries: [KeyRingEntry] = []
        var bytes: [UInt8]?
        try storage.change { old throws(ConfigurationError) in
            let before = try opened(old)
            entries = before
            try body(&entries)
            entries = living(entries, now)
            guard entries.count <= Self.keysMax else { throw .invalid("keys", "too many keys") }
            guard entries.map(\.keyID) != before.map(\.keyID) else {
                bytes = old
                return nil
            }
            bytes = coding.sealed(entries)
            return bytes
        }
        try adopt(entries, from: bytes, now: now)
    }

    private func adopt(
        _ all: [KeyRingEntry], from bytes: [UInt8]?, now: WallTime
    ) throws(ConfigurationError) {
        let entries = living(all, now)
        let starts = entries.map(\.start)
        let signing = entries.indices.first {
            schedule.state(of: $0, starts: starts, now: now) == .signing
        }.map { entries[$0] }
        let isKnown = state.withLock { state in
            state.bytes == bytes && state.signing?.keyID == signing?.keyID
                && state.entries.count == entries.count
        }
        if isKnown { return }
        var keys: [VerificationKey] = []
        var set = Array(#"{"keys":["#.utf8)
        for entry in entries {
            let publicKey = entry.key.publicKey
            do throws(KeyError) {
                keys.append(
                    try VerificationKey(
                        keyID: entry.keyID, algorithm: algorithm, publicKey: publicKey))
            } catch { throw .invalid("keys", error.description) }
            if keys.count > 1 { set.append(UInt8(ascii: ",")) }
            set += publicKey.jwk(keyID: entry.keyID, algorithm: algorithm)
        }
        set += Array("]}".utf8)
        let verifying = try VerificationKeys(keys)
        let isChanged = state.withLock { state in
            let isChanged = state.keySet != set
            state = State(
                bytes: bytes, entries: entries, signing: signing, verifying: verifying,
                keySet: set)
            return isChanged
        }
        if isChanged { counter.wrappingAdd(1, ordering: .releasing) }
    }

    /// All keys and what they are for.
    package func list(now: WallTime) -> [Listed] {
        let entries = state.withLock { $0.entries }
        let starts = entries.map(\.start)
        return entries.enumerated().map { index, entry in
            Listed(
                keyID: entry.keyID, state: schedule.state(of: index, starts: starts, now: now),
                start: entry.start)
        }
    }

    /// The JWK Set (RFC 7517) for everybody who checks our tokens.
    package var keySet: [UInt8] { state.withLock { $0.keySet } }

    package func keys() -> VerificationKeys? { state.withLock { $0.verifying } }
    package var generation: UInt64 { counter.load(ordering: .acquiring) }
    package func keyWasUnknown() {}

    /// The key that signs at this moment.
    var signing: KeyRingEntry? { state.withLock { $0.signing } }

    /// A JWT of these claims, signed with the key of this moment; empty if signing fails, which
    /// nobody accepts.
    package func sign(claims: [UInt8], type: StaticString) -> [UInt8] {
        guard let entry = signing else { return [] }
        var header = JSONWriter()
        header.beginObject()
        header.key("alg")
        header.string(algorithm.rawValue)
        header.key("typ")
        header.string(type)
        header.key("kid")
        header.string(entry.keyID)
        header.endObject()
        let head = header.finish()
        var token: [UInt8] = []
        Base64URL.encode(head.raw, to: &token)
        token.append(UInt8(ascii: "."))
        Base64URL.encode(claims.raw, to: &token)
        guard let signature = try? entry.key.sign(token.raw, algorithm: algorithm) else {
            return []
        }
        token.append(UInt8(ascii: "."))
        Base64URL.encode(signature.raw, to: &token)
        return token
    }
}
