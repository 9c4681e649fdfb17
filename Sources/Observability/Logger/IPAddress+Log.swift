import GatehouseCore

extension IPAddress {
    /// The address as text (RFC 5952), for logs.
    var logText: String {
        var bytes: [UInt8] = []
        appendLogText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the address as text (RFC 5952): dotted for IPv4, the longest run of zero groups as
    /// `::` for IPv6.
    func appendLogText(to output: inout [UInt8]) {
        if isIPv4 {
            for shift in [24, 16, 8, 0] {
                if shift < 24 { output.append(0x2E) }
                output.append(decimal: Int(low >> UInt64(shift) & 255))
            }
            return
        }
        let gap = zeroGap
        var group = 0
        while group < 8 {
            if group == gap.lowerBound, !gap.isEmpty {
                output.append("::")
                group = gap.upperBound
                continue
            }
            if group > 0, group != gap.upperBound || gap.isEmpty { output.append(0x3A) }
            output.append(shortHex: self.group(group))
            group += 1
        }
    }

    private func group(_ index: Int) -> UInt16 {
        let half = index < 4 ? high : low
        return UInt16(truncatingIfNeeded: half >> UInt64((3 - index & 3) * 16))
    }

    /// The first longest run of at least two zero groups.
    private var zeroGap: Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0..<8 {
            if group(index) != 0 {
                start = index + 1
            } else if index + 1 - start > max(best.count, 1) {
                best = start..<index + 1
            }
        }
        return best
    }
}

extension [UInt8] {
    /// Appends a group in hexadecimal without leading zeros.
    fileprivate mutating func append(shortHex value: UInt16) {
        var shift: UInt16 = 12
        while shift > 0, value >> shift == 0 { shift -= 4 }
        while true {
            let digit = UInt8(truncatingIfNeeded: value >> shift) & 15
            append(digit < 10 ? digit + 0x30 : digit + 0x57)
            if shift == 0 { return }
            shift -= 4
        }
    }
}
