import GatehouseCore
import Glibc

/// Makes a breach filter of a list as Have I Been Pwned offers it: `SHA1:COUNT` a line.
package struct BreachFilterWriter {
    /// What an import did.
    package struct Report: Equatable, Sendable {
        /// Lines taken.
        package let taken: Int
        /// Lines left out because they leaked too seldom.
        package let rare: Int
        /// Bytes of the filter.
        package let bytes: Int
    }

    /// Fewest leaks that count.
    package var countMin = 1
    /// One false alarm in so many.
    package var oneFalseIn = 1_000
    /// Told after every million lines.
    package var progress: (Int) -> Void = { _ in }

    private static let entriesMax = 4_000_000_000

    /// Takes every leaked password.
    package init() {}

    /// Reads `list` twice, to count and to fill, and puts the filter in place whole.
    package func write(list: String, to target: String) throws(BreachFilter.Refused) -> Report {
        var taken = 0
        var rare = 0
        try lines(of: list) { _, leaks in if leaks >= countMin { taken += 1 } else { rare += 1 } }
        guard taken > 0 else { throw refused("\(list): holds no line that counts") }
        guard taken <= Self.entriesMax else { throw refused("\(list): too many lines") }
        let bitsPerEntry = log(Double(oneFalseIn)) / (log(2) * log(2))
        let hashes = max(1, min(32, Int((bitsPerEntry * log(2)).rounded())))
        let bits = UInt64((Double(taken) * bitsPerEntry).rounded(.up)) | 63
        var table = [UInt8](repeating: 0, count: Int((bits + 7) / 8))
        try lines(of: list) { digest, leaks in
            guard leaks >= countMin else { return }
            for place in BreachFilter.places(digest, hashes: hashes, bits: bits) {
                table[Int(place >> 3)] |= 1 << UInt8(place & 7)
            }
        }
        var header = BreachFilter.magic + [1, UInt8(hashes), 0, 0, 0, 0, 0, 0]
        for word in [bits, UInt64(taken)] {
            for shift in 0..<8 {
                header.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift)))
            }
        }
        try put(header + table, target)
        return Report(taken: taken, rare: rare, bytes: header.count + table.count)
    }

    private func refused(_ why: String) -> BreachFilter.Refused {
        BreachFilter.Refused(description: why)
    }

    private func lines(
        of path: String, _ take: (_ digest: [UInt8], _ leaks: Int) -> Void
    ) throws(BreachFilter.Refused) {
        guard let file = unsafe fopen(path, "re") else {
            throw refused("\(path): cannot be opened")
        }
        defer { unsafe fclose(file) }
        var number = 0
        var buffer = [CChar](repeating: 0, count: 256)
        while unsafe fgets(&buffer, 256, file) != nil {
            number += 1
            if number % 1_000_000 == 0 { progress(number) }
            var line = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            while let last = line.last, last == 0x0A || last == 0x0D { line.removeLast() }
            if line.isEmpty { continue }
            guard let (digest, leaks) = Self.entry(line) else {
                throw refused("\(path):\(number): expected 40 hexadecimal digits, `:` and a number")
            }
            take(digest, leaks)
        }
        guard unsafe ferror(file) == 0 else { throw refused("\(path): reading failed") }
    }

    private static func entry(_ line: [UInt8]) -> (digest: [UInt8], leaks: Int)? {
        guard line.count >= 40, line.count <= 60 else { return nil }
        var digest: [UInt8] = []
        for index in stride(from: 0, to: 40, by: 2) {
            guard let high = digit(line[index]), let low = digit(line[index + 1]) else {
                return nil
            }
            digest.append(high << 4 | low)
        }
        if line.count == 40 { return (digest, 1) }
        guard line[40] == UInt8(ascii: ":"),
            let leaks = Int(String(decoding: line[41...], as: UTF8.self)), leaks >= 0
        else { return nil }
        return (digest, leaks)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Writes beside the target and renames: nobody ever maps half a filter.
    private func put(_ bytes: [UInt8], _ target: String) throws(BreachFilter.Refused) {
        let temporary = "\(target).\(getpid()).new"
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw refused("\(temporary): cannot be made") }
        var offset = 0
        var isWritten = true
        while offset < bytes.count, isWritten {
            let count = unsafe bytes.withUnsafeBytes { all in
                unsafe Glibc.write(
                    file, all.baseAddress.unsafelyUnwrapped + offset, all.count - offset)
            }
            if count > 0 { offset += count } else { isWritten = false }
        }
        isWritten = isWritten && fsync(file) == 0
        close(file)
        guard isWritten, unsafe rename(temporary, target) == 0 else {
            unsafe unlink(temporary)
            throw refused("\(target): cannot be written; is the disk full?")
        }
    }
}
