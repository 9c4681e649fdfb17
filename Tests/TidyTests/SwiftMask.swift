/// Tells code, comments and string contents of Swift text apart, byte for byte and line for line.
///
/// Not a parser: enough to keep rules about code from reading prose, and the other way round. Code
/// inside a string's interpolation counts as string.
struct SwiftMask {
    private(set) var code: [UInt8]
    private(set) var comments: [UInt8]
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let blank = bytes.map { $0 == 10 ? $0 : 32 }
        code = bytes
        comments = blank
        while position < bytes.count { step() }
    }

    private func at(_ offset: Int) -> UInt8 {
        position + offset < bytes.count ? bytes[position + offset] : 0
    }

    private mutating func step() {
        let slash = UInt8(ascii: "/")
        let quote = UInt8(ascii: "\"")
        switch (at(0), at(1)) {
        case (slash, slash): lineComment()
        case (slash, UInt8(ascii: "*")): blockComment()
        case (quote, _): string(hashes: 0)
        case (UInt8(ascii: "#"), quote), (UInt8(ascii: "#"), UInt8(ascii: "#")):
            rawStringOrHashes()
        default: position += 1
        }
    }

    private mutating func blank() {
        if position < bytes.count {
            if bytes[position] != 10 { code[position] = 32 }
            position += 1
        }
    }

    private mutating func lineComment() {
        while position < bytes.count, bytes[position] != 10 {
            comments[position] = bytes[position]
            blank()
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if at(0) == UInt8(ascii: "/"), at(1) == UInt8(ascii: "*") {
                depth += 1
                blank()
            } else if at(0) == UInt8(ascii: "*"), at(1) == UInt8(ascii: "/") {
                depth -= 1
                blank()
            }
            blank()
        } while depth > 0 && position < bytes.count
    }

    private mutating func rawStringOrHashes() {
        var hashes = 0
        while at(hashes) == UInt8(ascii: "#") { hashes += 1 }
        guard at(hashes) == UInt8(ascii: "\"") else {
            position += hashes
            return
        }
        position += hashes
        string(hashes: hashes)
    }

    /// Blanks a literal's content, keeps its quotes. `position` is at the opening quote.
    private mutating func string(hashes: Int) {
        let quote = UInt8(ascii: "\"")
        let quotes = at(1) == quote && at(2) == quote ? 3 : 1
        position += quotes
        while position < bytes.count {
            if closes(quotes: quotes, hashes: hashes) {
                position += quotes + hashes
                return
            }
            if quotes == 1, at(0) == 10 { return }
            guard isEscape(hashes: hashes) else {
                blank()
                continue
            }
            for _ in 0..<(1 + hashes) { blank() }
            if at(0) == UInt8(ascii: "(") { interpolation() } else { blank() }
        }
    }

    private func closes(quotes: Int, hashes: Int) -> Bool {
        (0..<quotes).allSatisfy { at($0) == UInt8(ascii: "\"") }
            && (0..<hashes).allSatisfy { at(quotes + $0) == UInt8(ascii: "#") }
    }

    private func isEscape(hashes: Int) -> Bool {
        at(0) == UInt8(ascii: "\\")
            && (0..<hashes).allSatisfy { at(1 + $0) == UInt8(ascii: "#") }
    }

    private mutating func interpolation() {
        var depth = 0
        repeat {
            switch at(0) {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "\""):
                let start = position
                string(hashes: 0)
                for index in start..<position where code[index] != 10 { code[index] = 32 }
                continue
            default: break
            }
            blank()
        } while depth > 0 && position < bytes.count
    }
}
