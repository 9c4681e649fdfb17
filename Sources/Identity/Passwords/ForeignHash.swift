import GatehouseCore
import GatehouseCrypto

/// A scrypt or PBKDF2 hash as other programs write it.
struct ForeignHash {
    private enum Scheme {
        case scrypt(cost: Int, blockSize: Int, lanes: Int)
        case pbkdf2(KeyDerivation.PBKDF2Hash, iterations: Int)
    }

    private let scheme: Scheme
    private let salt: [UInt8]
    private let expected: [UInt8]

    /// Longest text that is looked at.
    private static let lengthMax = 1_024

    /// Reads the text; nil for an unknown or malformed one.
    init?(_ text: String) {
        guard text.utf8.count <= Self.lengthMax else { return nil }
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 4, let hash = Self.hash(parts[0], prefix: "pbkdf2_") {
            // Django: the salt is the text itself.
            guard let iterations = Int(parts[1]), let expected = Self.decode(parts[3]) else {
                return nil
            }
            self.init(.pbkdf2(hash, iterations: iterations), Array(parts[2].utf8), expected)
        } else if parts.count == 5, parts[0].isEmpty {
            guard let salt = Self.decode(parts[3]), let expected = Self.decode(parts[4]),
                let scheme = Self.scheme(parts[1], parts[2])
            else { return nil }
            self.init(scheme, salt, expected)
        } else {
            return nil
        }
    }

    private init?(_ scheme: Scheme, _ salt: [UInt8], _ expected: [UInt8]) {
        guard (16...128).contains(expected.count) else { return nil }
        self.scheme = scheme
        self.salt = salt
        self.expected = expected
    }

    private static func scheme(_ name: String, _ settings: String) -> Scheme? {
        var numbers: [Substring: Int] = [:]
        for pair in settings.split(separator: ",") {
            let sides = pair.split(separator: "=")
            if sides.count == 2 { numbers[sides[0]] = Int(sides[1]) }
        }
        if name == "scrypt" {
            guard let ln = numbers["ln"], let r = numbers["r"], let p = numbers["p"], ln > 0 else {
                return nil
            }
            // passlib writes the logarithm, kratos the number itself.
            return .scrypt(cost: ln < 32 ? 1 << ln : ln, blockSize: r, lanes: p)
        }
        guard let hash = hash(name, prefix: "pbkdf2-") ?? (name == "pbkdf2" ? .sha1 : nil),
            let iterations = Int(settings) ?? numbers["i"]
        else { return nil }
        return .pbkdf2(hash, iterations: iterations)
    }

    private static func hash(_ name: String, prefix: String) -> KeyDerivation.PBKDF2Hash? {
        name.hasPrefix(prefix)
            ? KeyDerivation.PBKDF2Hash(rawValue: String(name.dropFirst(prefix.count))) : nil
    }

    /// Base64 with or without padding; `.` stands for `+` in passlib's alphabet.
    private static func decode(_ text: String) -> [UInt8]? {
        var url = text.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "+"), UInt8(ascii: "."): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: byte
            }
        }
        while url.last == UInt8(ascii: "=") { url.removeLast() }
        return Base64URL.decode(url.raw)
    }

    /// Whether `password` gave this hash.
    func matches(_ password: Redacted<[UInt8]>) -> Bool {
        let found: [UInt8]? =
            switch scheme {
            case .scrypt(let cost, let blockSize, let lanes):
                KeyDerivation.scrypt(
                    password, salt: salt, cost: cost, blockSize: blockSize, lanes: lanes,
                    count: expected.count)
            case .pbkdf2(let hash, let iterations):
                KeyDerivation.pbkdf2(
                    password, salt: salt, iterations: iterations, hash: hash,
                    count: expected.count)
            }
        guard let found else { return false }
        return ConstantTime.equal(found.raw, expected.raw)
    }
}
