import CZXCVBN
import GatehouseCore

/// Which passwords are taken: long enough, not easily guessed, not the account's own name. There
/// are no rules of composition (NIST SP 800-63B section 5.1.1.2, ASVS 6.2.5).
package struct PasswordPolicy: Sendable {
    /// Unicode scalars of a password: 8 to 256.
    package static let lengths = 8...256
    /// What zxcvbn looks at; its time grows faster than the length.
    private static let estimatedBytesMax = 100
    /// Parts of names shorter than this are in too many words to be refused.
    private static let nameMin = 4

    private let bitsMin: Double
    private let breached: BreachFilter?

    /// - Parameters:
    ///   - bitsMin: how many doublings a guesser who knows the usual words and patterns needs.
    ///   - breached: passwords from leaks, when a filter was imported.
    package init(bitsMin: Double = 34, breached: BreachFilter? = nil) {
        self.bitsMin = bitsMin
        self.breached = breached
    }

    /// Why a password is refused for an account with these names; nil when it is taken.
    package func refusal(_ password: String, names: [String]) -> PasswordRefusal? {
        guard let text = PasswordText(password) else { return .tooLong }
        guard text.count >= Self.lengths.lowerBound else { return .tooShort }
        guard text.count <= Self.lengths.upperBound else { return .tooLong }
        let plain = text.bytes.dangerouslyRevealed
        guard !plain.contains(0) else { return .notText }
        let lower = String(decoding: plain, as: UTF8.self).lowercased()
        let parts = Set(names.flatMap { Self.parts(of: $0) })
        for part in parts where lower.contains(part) && part.count * 2 >= lower.count {
            return .holdsName
        }
        if let breached, breached.contains(plain) { return .breached }
        return Self.bits(plain, parts) < bitsMin ? .tooEasy : nil
    }

    /// A name, the halves of an address, and their words.
    private static func parts(of name: String) -> Set<String> {
        let lower = name.lowercased()
        var parts: Set<String> = [lower]
        parts.formUnion(lower.split(separator: "@").map(String.init))
        parts.formUnion(lower.split { !$0.isLetter && !$0.isNumber }.map(String.init))
        return parts.filter { $0.count >= nameMin }
    }

    /// zxcvbn's estimate of the entropy in bits.
    private static func bits(_ plain: [UInt8], _ names: Set<String>) -> Double {
        let text = plain.prefix(estimatedBytesMax).map { CChar(bitPattern: $0) } + [0]
        let words = names.map { $0.utf8.map { CChar(bitPattern: $0) } + [0] }
        let joined = words.flatMap(\.self)
        guard !joined.isEmpty else { return unsafe ZxcvbnMatch(text, nil, nil) }
        return unsafe joined.withUnsafeBufferPointer { all in
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            var offset = 0
            for word in words {
                let start = unsafe all.baseAddress.unsafelyUnwrapped + offset
                unsafe pointers.append(start)
                offset += word.count
            }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeMutableBufferPointer { list in
                unsafe ZxcvbnMatch(text, list.baseAddress, nil)
            }
        }
    }
}

/// Why a password was refused; never holds it.
package enum PasswordRefusal: String, Error, CaseIterable, Sendable {
    /// Fewer than 8 characters.
    case tooShort = "too-short"
    /// More than 256 characters.
    case tooLong = "too-long"
    /// Holds a NUL or is no text.
    case notText = "not-text"
    /// Easily guessed: a common word, a pattern, a date.
    case tooEasy = "too-easy"
    /// Mostly the account's own name or address.
    case holdsName = "holds-name"
    /// Known from leaks.
    case breached

    /// For people.
    package var message: String {
        switch self {
        case .tooShort: "A password needs at least 8 characters."
        case .tooLong: "A password has at most 256 characters."
        case .notText: "A password must be text without control characters."
        case .tooEasy: "This password is easily guessed: several unrelated words are better."
        case .holdsName: "A password must not be your own name or address."
        case .breached: "This password is known from leaks of other services."
        }
    }
}
