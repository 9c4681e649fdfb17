import GatehouseCore

extension RawSpan {
    /// A hash of the name at a place. Whoever lets clients choose names must not rely on it to
    /// spread them: it has no secret.
    @inline(always)
    func nameHash(_ range: ByteRange) -> UInt32 {
        let (start, count) = (Int(range.start), Int(range.count))
        var hash = (namePrefix(range) ^ UInt64(truncatingIfNeeded: count) &<< 56).mixed
        if count > 8 {
            var index = start &+ 8
            let last = start &+ count &- 8
            while index < last {
                hash = (hash ^ word(index)).mixed
                index &+= 8
            }
            hash = (hash ^ word(last)).mixed
        }
        return UInt32(truncatingIfNeeded: hash)
    }

    /// The last eight bytes of the name at a place; 0 for one of up to eight.
    @inline(always)
    func nameSuffix(_ range: ByteRange) -> UInt64 {
        range.count > 8 ? word(Int(range.start) &+ Int(range.count) &- 8) : 0
    }

    /// The first eight bytes of the name at a place, with zeros behind a shorter one.
    @inline(always)
    func namePrefix(_ range: ByteRange) -> UInt64 {
        let (start, count) = (Int(range.start), Int(range.count))
        if count >= 8 { return word(start) }
        if start &+ 8 <= byteCount { return word(start) & (1 &<< UInt64(count &* 8) &- 1) }
        var value: UInt64 = 0
        for offset in 0..<count { value |= UInt64(byte(start &+ offset)) &<< UInt64(offset &* 8) }
        return value
    }
}

extension UInt64 {
    @inline(always)
    fileprivate var mixed: UInt64 {
        let product = self &* 0x9E37_79B9_7F4A_7C15
        return product ^ product &>> 32
    }
}
