import GatehouseCore

/// A command in Redis' own form: an array of byte strings, so that no value can become another
/// argument.
package struct RedisCommand: Sendable {
    /// The arguments as bulk strings, without the array's head.
    private(set) var body: [UInt8] = []
    private(set) var count = 0
    /// Where the key lies in `body` that tells the cluster's slot.
    private(set) var key: Range<Int>?

    /// Starts with the command's name.
    package init(_ name: StaticString, room: Int = 64) {
        body.reserveCapacity(room)
        count = 1
        appendLength(name.utf8CodeUnitCount)
        name.withUTF8Buffer { unsafe body.append(contentsOf: $0) }
        appendLineEnd()
    }

    /// A whole command without keys.
    package init(_ name: StaticString, _ arguments: String...) {
        self.init(name)
        for argument in arguments { append(argument) }
    }

    package mutating func append(_ text: String) {
        count += 1
        appendLength(text.utf8.count)
        body.append(contentsOf: text.utf8)
        appendLineEnd()
    }

    package mutating func append(_ bytes: [UInt8]) {
        count += 1
        appendLength(bytes.count)
        body.append(contentsOf: bytes)
        appendLineEnd()
    }

    package mutating func append(_ number: Int64) {
        count += 1
        var digits = InlineArray<20, UInt8>(repeating: 0)
        let length = Self.digits(of: number, in: &digits)
        appendLength(length)
        for index in 0..<length { body.append(digits[index]) }
        appendLineEnd()
    }

    /// A key: the first one names the cluster's slot, all others must lie in the same.
    package mutating func append(key bytes: [UInt8]) {
        append(bytes)
        if key == nil { key = (body.count - 2 - bytes.count)..<(body.count - 2) }
    }

    /// The cluster's slot; nil for a command without keys, which any server answers.
    var slot: Int? { key.map { RedisSlot.of(body[$0]) } }

    /// Bytes on the wire.
    var byteCount: Int { body.count + Self.headBytesMax }
    /// `*`, a number, CR LF.
    static let headBytesMax = 16

    func write(to output: Buffer) {
        output.append(UInt8(ascii: "*"))
        var digits = InlineArray<20, UInt8>(repeating: 0)
        for index in 0..<Self.digits(of: Int64(count), in: &digits) { output.append(digits[index]) }
        output.append("\r\n")
        output.append(body)
    }

    private mutating func appendLength(_ length: Int) {
        body.append(UInt8(ascii: "$"))
        var digits = InlineArray<20, UInt8>(repeating: 0)
        for index in 0..<Self.digits(of: Int64(length), in: &digits) { body.append(digits[index]) }
        appendLineEnd()
    }

    private mutating func appendLineEnd() {
        body.append(0x0D)
        body.append(0x0A)
    }

    private static func digits(
        of number: Int64, in digits: inout InlineArray<20, UInt8>
    ) -> Int {
        var reversed = InlineArray<20, UInt8>(repeating: 0)
        var (rest, length) = (number.magnitude, 0)
        repeat {
            reversed[length] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            length += 1
        } while rest > 0
        var count = 0
        if number < 0 {
            digits[0] = UInt8(ascii: "-")
            count = 1
        }
        while length > 0 {
            length -= 1
            digits[count] = reversed[length]
            count += 1
        }
        return count
    }
}
