package import GatehouseCore
import Glibc

/// Names one counter: 128 bits of a keyed hash over everything that tells it from others.
///
/// The hash is SipHash-2-4 with a secret seed: nobody outside can make two clients share a counter,
/// nor crowd one part of a table; by chance, a million keys hold two equal ones with p = 10⁻²⁷.
@frozen package struct CounterKey: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    /// All zero marks an empty place in tables, so that it never is a key.
    @inlinable package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = high | low == 0 ? 1 : low
    }
}

/// The secret that keys are hashed with. One process makes its own; processes that share a remote
/// store must share it.
package struct CounterSeed: Sendable {
    package let first: UInt64
    package let second: UInt64

    package init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }

    /// 128 bits from the kernel.
    package static func random() -> CounterSeed {
        var words: InlineArray<2, UInt64> = [0, 0]
        let code = unsafe withUnsafeMutableBytes(of: &words) { bytes in
            unsafe getentropy(bytes.baseAddress.unsafelyUnwrapped, bytes.count)
        }
        precondition(code == 0, "the kernel gives no random bytes")
        return CounterSeed(words[0], words[1])
    }
}

/// SipHash-2-4 with 128 bits of output, over whole words: bytes go in with their length first, so
/// that no two sequences of parts read the same.
@frozen package struct CounterHasher: Sendable {
    @usableFromInline var v0: UInt64
    @usableFromInline var v1: UInt64
    @usableFromInline var v2: UInt64
    @usableFromInline var v3: UInt64
    @usableFromInline var words: UInt64 = 0

    package init(_ seed: CounterSeed) {
        v0 = seed.first ^ 0x736F_6D65_7073_6575
        v1 = seed.second ^ 0x646F_7261_6E64_6F6D ^ 0xEE
        v2 = seed.first ^ 0x6C79_6765_6E65_7261
        v3 = seed.second ^ 0x7465_6462_7974_6573
    }

    @inlinable @inline(__always)
    package mutating func combine(_ word: UInt64) {
        words &+= 1
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    @inlinable @inline(__always)
    package mutating func combine(_ address: IPAddress) {
        combine(address.high)
        combine(address.low)
    }

    package mutating func combine(_ bytes: RawSpan) {
        let count = bytes.byteCount
        combine(UInt64(count))
        var index = 0
        while index &+ 8 <= count {
            combine(bytes.word(index))
            index &+= 8
        }
        guard index < count else { return }
        var tail: UInt64 = 0
        while count > index {
            tail = tail << 8 | UInt64(bytes.byte(index))
            index &+= 1
        }
        combine(tail)
    }

    package mutating func combine(_ text: String) {
        // Every byte of a text is initialised, so that its raw view is safe.
        unsafe combine(text.utf8Span.span.bytes)
    }

    /// The key; the hasher is used up.
    @inlinable
    package consuming func finish() -> CounterKey {
        // The last block of SipHash holds the number of bytes, modulo 256.
        let length = words &<< 59
        combine(length)
        v2 ^= 0xEE
        for _ in 0..<4 { round() }
        let low = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xDD
        for _ in 0..<4 { round() }
        return CounterKey(high: v0 ^ v1 ^ v2 ^ v3, low: low)
    }

    @inlinable @inline(__always)
    mutating func round() {
        v0 = v0 &+ v1
        v1 = (v1 &<< 13 | v1 &>> 51) ^ v0
        v0 = v0 &<< 32 | v0 &>> 32
        v2 = v2 &+ v3
        v3 = (v3 &<< 16 | v3 &>> 48) ^ v2
        v0 = v0 &+ v3
        v3 = (v3 &<< 21 | v3 &>> 43) ^ v0
        v2 = v2 &+ v1
        v1 = (v1 &<< 17 | v1 &>> 47) ^ v2
        v2 = v2 &<< 32 | v2 &>> 32
    }
}
