extension IPAddress: CustomStringConvertible {
    /// The longest text that can be an address: eight groups, or six and an IPv4 address.
    private static let textMax = 45

    /// An address by its text: IPv4 in four decimal parts, IPv6 as in RFC 4291 section 2.2.
    ///
    /// Nil for everything that some readers take for another address: leading zeros (octal to
    /// some), fewer than four parts, hexadecimal parts, zones, brackets, white space.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes.raw)
    }

    /// An address by its text, as `init(_: String)`, without allocating.
    public init?(_ text: RawSpan) {
        guard text.byteCount >= 2, text.byteCount <= Self.textMax else { return nil }
        var reader = IPv6Reader()
        if let bits = Self.readIPv4(text, from: 0) {
            self.init(v4: bits)
        } else if reader.read(text) {
            self = reader.address
        } else {
            return nil
        }
    }

    /// The 32 bits of the IPv4 address that `text` holds from `start` to its end.
    fileprivate static func readIPv4(_ text: RawSpan, from start: Int) -> UInt32? {
        var bits: UInt32 = 0
        var position = start
        for part in 0..<4 {
            if part > 0 {
                guard position < text.byteCount, text.byte(position) == UInt8(ascii: ".") else {
                    return nil
                }
                position &+= 1
            }
            let first = position
            var value: UInt32 = 0
            while position < text.byteCount, text.byte(position).isDigit, position &- first < 3 {
                value = value &* 10 &+ UInt32(text.byte(position) &- 0x30)
                position &+= 1
            }
            guard position > first, value <= 255 else { return nil }
            if text.byte(first) == 0x30, position &- first > 1 { return nil }
            bits = bits << 8 | value
        }
        return position == text.byteCount ? bits : nil
    }

    /// The canonical text (RFC 5952): lower case, no leading zeros, the longest run of two or more
    /// zero groups as `::`; IPv4 in decimal, mapped or not.
    public var description: String {
        var output: [UInt8] = []
        append(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends the canonical text without making a String.
    public func append(to output: inout [UInt8]) {
        if isIPv4 {
            for shift: UInt64 in [24, 16, 8, 0] {
                if shift < 24 { output.append(UInt8(ascii: ".")) }
                output.append(decimal: Int(low >> shift & 255))
            }
            return
        }
        let zeros = longestZeroRun
        var index = 0
        while index < 8 {
            if index == zeros.start {
                output.append("::")
                index += zeros.count
            } else {
                if index > 0, index != zeros.start + zeros.count {
                    output.append(UInt8(ascii: ":"))
                }
                output.append(shortHex: group(index))
                index += 1
            }
        }
    }

    /// The run of zero groups that `::` stands for; start 8 for none.
    private var longestZeroRun: (start: Int, count: Int) {
        var best = (start: 8, count: 1)
        var run = 0
        for index in 0..<8 {
            run = group(index) == 0 ? run + 1 : 0
            if run > best.count { best = (index + 1 - run, run) }
        }
        return best.start == 8 ? (8, 0) : best
    }

    private func group(_ index: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - index % 4 * 16))
    }
}

/// Reads the text of an IPv6 address group by group.
private struct IPv6Reader {
    private var groups: InlineArray<8, UInt16> = .init(repeating: 0)
    private var count = 0
    /// How many groups stood before `::`.
    private var gap: Int?

    mutating func read(_ text: RawSpan) -> Bool {
        var position = 0
        if text.byte(0) == UInt8(ascii: ":") {
            guard text.byte(1) == UInt8(ascii: ":") else { return false }
            gap = 0
            position = 2
        }
        while position < text.byteCount {
            guard let next = readGroup(text, at: position) else { return false }
            position = next
        }
        // `::` stands for one group at least (RFC 4291 section 2.2).
        return gap == nil ? count == 8 : count < 8
    }

    /// Reads one group and what separates it from the next; returns where that begins.
    private mutating func readGroup(_ text: RawSpan, at start: Int) -> Int? {
        guard count < 8 else { return nil }
        var position = start
        var value: UInt16 = 0
        while position < text.byteCount, position - start < 4,
            let digit = text.byte(position).hexDigit
        {
            value = value << 4 | UInt16(digit)
            position += 1
        }
        if position < text.byteCount, text.byte(position) == UInt8(ascii: ".") {
            guard count <= 6, let bits = IPAddress.readIPv4(text, from: start) else { return nil }
            push(UInt16(truncatingIfNeeded: bits >> 16))
            push(UInt16(truncatingIfNeeded: bits))
            return text.byteCount
        }
        guard position > start else { return nil }
        push(value)
        if position == text.byteCount { return position }
        guard text.byte(position) == UInt8(ascii: ":"), position + 1 < text.byteCount else {
            return nil
        }
        guard text.byte(position + 1) == UInt8(ascii: ":") else { return position + 1 }
        guard gap == nil else { return nil }
        gap = count
        return position + 2
    }

    private mutating func push(_ group: UInt16) {
        groups[count] = group
        count += 1
    }

    var address: IPAddress {
        let skipped = 8 - count
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        for index in 0..<8 {
            var value: UInt16 = 0
            if index < gap ?? 8 {
                value = groups[index]
            } else if index >= (gap ?? 8) + skipped {
                value = groups[index - skipped]
            }
            if index < 4 {
                halves.high = halves.high << 16 | UInt64(value)
            } else {
                halves.low = halves.low << 16 | UInt64(value)
            }
        }
        return IPAddress(high: halves.high, low: halves.low)
    }
}

extension [UInt8] {
    /// Appends a number as lower-case hexadecimal without leading zeros.
    fileprivate mutating func append(shortHex value: UInt16) {
        var shift: UInt16 = 12
        while shift > 0, value >> shift == 0 { shift -= 4 }
        while true {
            let digit = UInt8(truncatingIfNeeded: value >> shift & 15)
            append(digit < 10 ? digit &+ 0x30 : digit &+ 0x57)
            if shift == 0 { return }
            shift -= 4
        }
    }
}
