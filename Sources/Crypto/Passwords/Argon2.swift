import CArgon2
public import GatehouseCore

/// Argon2 (RFC 9106): the memory-hard hash for passwords.
public enum Argon2 {
    /// Which variant a hash was made with.
    public enum Variant: String, Sendable {
        /// Argon2id: what new hashes use.
        case id = "argon2id"
        /// Argon2i: verified for imported accounts.
        case i = "argon2i"
    }

    /// What a hash costs.
    public struct Cost: Hashable, Sendable {
        /// Memory in KiB.
        public var memoryKiB: Int
        /// Passes over the memory.
        public var passes: Int
        /// Lanes; one thread computes them in turn.
        public var lanes: Int

        /// OWASP's minimum by default: 19 MiB, two passes, one lane.
        public init(memoryKiB: Int = 19_456, passes: Int = 2, lanes: Int = 1) {
            self.memoryKiB = memoryKiB
            self.passes = passes
            self.lanes = lanes
        }

        /// What a hash from elsewhere may ask of this machine at most.
        var isBearable: Bool {
            (8...262_144).contains(memoryKiB) && (1...20).contains(passes)
                && (1...16).contains(lanes) && memoryKiB * passes <= 1 << 20
        }
    }

    private static let saltBytes = 16
    private static let hashBytes = 32

    /// A new hash with a random salt, as a PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
    public static func hash(_ password: Redacted<[UInt8]>, cost: Cost) -> String {
        let salt = SecureRandom.bytes(saltBytes)
        let plain = password.dangerouslyRevealed
        var encoded = [CChar](repeating: 0, count: 256)
        let code = unsafe argon2id_hash_encoded(
            UInt32(cost.passes), UInt32(cost.memoryKiB), UInt32(cost.lanes), plain, plain.count,
            salt, salt.count, hashBytes, &encoded, encoded.count)
        // No memory for a hash: storing anything in its place would open the account.
        precondition(code == ARGON2_OK.rawValue, "argon2 failed: \(code)")
        let bytes = encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The cost that a PHC string states; nil when it is none, or asks for more than is borne.
    public static func cost(of text: String) -> (variant: Variant, cost: Cost)? {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].isEmpty, let variant = Variant(rawValue: String(parts[1])),
            parts[2] == "v=19"
        else { return nil }
        var numbers: [Substring: Int] = [:]
        for pair in parts[3].split(separator: ",") {
            let sides = pair.split(separator: "=")
            guard sides.count == 2, let number = Int(sides[1]) else { return nil }
            numbers[sides[0]] = number
        }
        guard let memory = numbers["m"], let passes = numbers["t"], let lanes = numbers["p"] else {
            return nil
        }
        let cost = Cost(memoryKiB: memory, passes: passes, lanes: lanes)
        return cost.isBearable ? (variant, cost) : nil
    }

    /// Whether `password` gave the hash in a PHC string of a bearable cost.
    public static func verify(_ password: Redacted<[UInt8]>, _ text: String) -> Bool {
        guard let (variant, _) = cost(of: text) else { return false }
        let plain = password.dangerouslyRevealed
        let type = variant == .id ? Argon2_id : Argon2_i
        return unsafe argon2_verify(text, plain, plain.count, type) == ARGON2_OK.rawValue
    }
}
