package import GatehouseCore
package import GatehouseCrypto
import Synchronization

/// The keys that sign our own tokens: kept sealed in a folder, rotated by a schedule, published as
/// a JWK Set, and known to our own verifier at once.
///
/// ES256 (P-256), which every JOSE library verifies. Several processes may share a folder.
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
        var entries: [KeyFile.Entry] = []
        var signing: KeyFile.Entry?
        var verifying: VerificationKeys?
        var keySet: [UInt8] = []
    }

    private let file: KeyFile
    private let schedule: KeySchedule
    private let state = Mutex(State())
    private let counter = Atomic<UInt64>(0)
    private static let algorithm = SignatureAlgorithm.es256
    private static let keysMax = 50

    /// Opens the ring in `folder`, or makes its first key.
    package init(
        folder: String, seal: Seal, schedule: KeySchedule = KeySchedule(), now: WallTime
    ) throws(ConfigurationError) {
        file = KeyFile(path: folder + "/token-keys", seal: seal)
        self.schedule = schedule
        try advance(now: now)
    }

    /// Does what the schedule asks, and takes over what another process did. Call it now and then.
    package func advance(now: WallTime) throws(ConfigurationError) {
        try change(now: now) { entries throws(ConfigurationError) in
            if let start = schedule.nextStart(starts: entries.map(\.start), now: now) {
                entries.append(KeyFile.Entry(key: try Self.makeKey(), start: start))
            }
        }
    }

    /// Lets a new key sign at once: for a key that may be known to others.
    package func rotate(now: WallTime) throws(ConfigurationError) {
        try change(now: now) { entries throws(ConfigurationError) in
            // A key that was only published gives way: the new one is the last to start.
            entries.removeAll { $0.start > now }
            entries.append(KeyFile.Entry(key: try Self.makeKey(), start: now))
        }
    }

    /// Removes a key at once: its tokens are refused from now on. A key that signs is replaced.
    /// - Returns: whether there was such a key.
    package func retire(_ keyID: String, now: WallTime) throws(ConfigurationError) -> Bool {
        var isFound = false
        try change(now: now) { entries throws(ConfigurationError) in
            guard let index = entries.firstIndex(where: { $0.keyID == keyID }) else { return }
            isFound = true
            entries.remove(at: index)
            if !entries.contains(where: { $0.start <= now }) {
                entries.insert(KeyFile.Entry(key: try Self.makeKey(), start: now), at: 0)
            }
        }
        return isFound
    }

    private static func makeKey() throws(ConfigurationError) -> PrivateKey {
        do throws(KeyError) { return try PrivateKey.generate(.p256) } catch {
            throw .invalid("keys", error.description)
        }
    }

    /// Reads the file, changes it under its lock, drops what has retired, and adopts the result.
    private func change(
        now: WallTime, _ body: (inout [KeyFile.Entry]) throws(ConfigurationError) -> Void
    ) throws(ConfigurationError) {
        let entries = try file.locked { () throws(ConfigurationError) in
            let old = try file.read()
            var entries = old
            try body(&entries)
            let starts = entries.map(\.start)
            entries = entries.enumerated().filter { index, _ in
                schedule.state(of: index, starts: starts, now: now) != .retired
            }.map(\.element)
            guard entries.count <= Self.keysMax else { throw .invalid("keys", "too many keys") }
            if entries.map(\.keyID) != old.map(\.keyID) { try file.write(entries) }
            return entries
        }
        try adopt(entries, now: now)
    }

    private func adopt(_ entries: [KeyFile.Entry], now: WallTime) throws(ConfigurationError) {
        let starts = entries.map(\.start)
        let signing = entries.indices.first {
            schedule.state(of: $0, starts: starts, now: now) == .signing
        }
        var keys: [VerificationKey] = []
        var set = Array(#"{"keys":["#.utf8)
        for entry in entries {
            let publicKey = entry.key.publicKey
            do throws(KeyError) {
                keys.append(
                    try VerificationKey(
                        keyID: entry.keyID, algorithm: Self.algorithm, publicKey: publicKey))
            } catch { throw .invalid("keys", error.description) }
            if keys.count > 1 { set.append(UInt8(ascii: ",")) }
            set += publicKey.jwk(keyID: entry.keyID, algorithm: Self.algorithm)
        }
        set += Array("]}".utf8)
        let verifying = try VerificationKeys(keys)
        let isChanged = state.withLock { state in
            let isChanged = state.keySet != set
            state = State(
                entries: entries, signing: signing.map { entries[$0] }, verifying: verifying,
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

    /// A JWT of these claims, signed with the key of this moment; empty if signing fails, which
    /// nobody accepts.
    package func sign(claims: [UInt8], type: StaticString) -> [UInt8] {
        guard let entry = state.withLock({ $0.signing }) else { return [] }
        var header = JSONWriter()
        header.beginObject()
        header.key("alg")
        header.string(Self.algorithm.rawValue)
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
        guard let signature = try? entry.key.sign(token.raw, algorithm: Self.algorithm) else {
            return []
        }
        token.append(UInt8(ascii: "."))
        Base64URL.encode(signature.raw, to: &token)
        return token
    }
}
