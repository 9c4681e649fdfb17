/// Which clients showed something, one bit each. Never more than there were, so that nobody counts
/// twice; clients beyond the first 64 share bits, so that a crowd may count for less.
package struct ClientMarks: Hashable, Sendable {
    package private(set) var bits: UInt128 = 0

    /// Nobody.
    package static let none = ClientMarks()
    /// Clients that are told apart exactly.
    static let exactMax = 64

    private init() {}

    init(bits: UInt128) { self.bits = bits }

    /// The client of this number, from 0 to 127.
    package init(number: Int) { bits = 1 << UInt128(number & 127) }

    /// How many there were at least.
    package var count: Int { bits.nonzeroBitCount }

    mutating func formUnion(_ other: ClientMarks) { bits |= other.bits }

    /// Hexadecimal digits.
    var text: String { String(bits, radix: 16) }

    init?(text: String) {
        guard text.utf8.count <= 32, let bits = UInt128(text, radix: 16) else { return nil }
        self.bits = bits
    }
}

/// Gives clients their numbers, by keyed hashes of who they are.
struct ClientNumbers: Equatable, Sendable {
    /// The first clients, in order.
    var first: [UInt64] = []
    /// All that were ever seen.
    var seen = ClientMarks.none

    mutating func marks(of client: UInt64) -> ClientMarks {
        let number: Int
        if let known = first.firstIndex(of: client) {
            number = known
        } else if first.count < ClientMarks.exactMax {
            first.append(client)
            number = first.count - 1
        } else {
            number = ClientMarks.exactMax + Int(client % UInt64(ClientMarks.exactMax))
        }
        let marks = ClientMarks(number: number)
        seen.formUnion(marks)
        return marks
    }
}
