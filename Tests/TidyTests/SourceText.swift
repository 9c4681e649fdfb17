/// One file of the repository as the rules see it: its path from the root, its text, and for Swift
/// the same lines with comments and string contents blanked out.
struct SourceText {
    let path: String
    let text: String
    let lines: [String]
    /// Lines of code: comments and what stands inside quotes are spaces, columns unchanged.
    let code: [String]
    /// Lines of comments: everything but `//` comments is a space, columns unchanged.
    let comments: [String]

    init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard path.hasSuffix(".swift") else {
            code = lines
            comments = []
            return
        }
        let masked = SwiftMask(Array(text.utf8))
        code = SourceText.lines(of: masked.code)
        comments = SourceText.lines(of: masked.comments)
    }

    var folder: String { path.split(separator: "/").dropLast().joined(separator: "/") }
    var name: String { String(path.split(separator: "/").last ?? "") }
    var isSwift: Bool { path.hasSuffix(".swift") }
    var isSource: Bool { isSwift && path.hasPrefix("Sources/") }
    var isTest: Bool { isSwift && path.hasPrefix("Tests/") }

    /// Findings for every line of code that holds `word` as a whole word.
    func code(holding word: String, _ message: String) -> [Finding] {
        guard text.contains(word) else { return [] }
        return code.indices.filter { code[$0].holds(word: word) }
            .map { Finding(path, $0 + 1, message) }
    }

    private static func lines(of bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

/// What a rule found, as a compiler would print it.
struct Finding: Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let message: String

    init(_ path: String, _ line: Int, _ message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    var description: String { "\(path):\(line): \(message)" }
}

extension StringProtocol {
    /// Whether `word` stands here with no letter, digit or underscore against its word ends.
    func holds(word: String) -> Bool {
        let bytes = Array(utf8)
        let sought = Array(word.utf8)
        guard let first = sought.first, let last = sought.last, bytes.count >= sought.count else {
            return false
        }
        for start in 0...(bytes.count - sought.count) where bytes[start] == first {
            guard bytes[start..<start + sought.count].elementsEqual(sought) else { continue }
            let before = start > 0 ? bytes[start - 1] : 0
            let after = start + sought.count < bytes.count ? bytes[start + sought.count] : 0
            if first.isWord, before.isWord { continue }
            if last.isWord, after.isWord { continue }
            return true
        }
        return false
    }

    /// Without spaces and tabs at both ends.
    var trimmed: String {
        String(
            drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}

extension UInt8 {
    var isWord: Bool {
        (48...57).contains(self) || (65...90).contains(self) || (97...122).contains(self)
            || self == 95 || self >= 128
    }
}
