import GatehouseCore
import GatehouseCrypto
import GatehouseValidation

/// Where the sealed bytes of a key ring are kept.
protocol KeyRingStorage: Sendable {
    /// The bytes as they are now; nil before there are any.
    func read() throws(ConfigurationError) -> [UInt8]?
    /// Lets `body` replace the bytes while nobody else changes them; nil leaves them. `body` may
    /// run more than once, and only what it answered last is kept.
    func change(
        _ body: ([UInt8]?) throws(ConfigurationError) -> [UInt8]?
    ) throws(ConfigurationError)
    /// What messages call it.
    var name: String { get }
    /// How long others may not know yet what was changed: nobody signs with a key before.
    var delay: Duration { get }
}

/// One key of a ring.
struct KeyRingEntry: Sendable {
    let key: PrivateKey
    let keyID: String
    /// The moment from which it signs.
    let start: WallTime

    init(key: PrivateKey, start: WallTime) {
        self.key = key
        keyID = key.publicKey.thumbprint
        self.start = start
    }
}

/// The sealed form of a ring: all keys with their times.
struct KeyRingCoding: Sendable {
    let seal: Seal
    /// Part of what the seal protects: one ring is no other.
    let row: String

    private var place: Seal.Place { Seal.Place(table: "keys", column: "ring", row: row) }

    /// The keys in the order of their starts; nil when the seal is another one's, or broken.
    func open(_ bytes: [UInt8]) -> [KeyRingEntry]? {
        guard let plain = try? seal.open(bytes, for: place) else { return nil }
        var tape = JSONTape()
        var entries: [KeyRingEntry] = []
        guard let root = try? tape.parse(plain.raw), let list = root["keys"], list.kind == .array
        else { return nil }
        var elements = list.elements
        while let element = elements.next() {
            guard let pem = element["pem"]?.string, let start = element["start"]?.integer,
                let key = try? PrivateKey(pem: Array(pem.utf8).raw)
            else { return nil }
            entries.append(KeyRingEntry(key: key, start: WallTime(nanoseconds: start)))
        }
        return entries
    }

    func sealed(_ entries: [KeyRingEntry]) -> [UInt8] {
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
        return seal.seal(json.finish(), for: place)
    }
}
