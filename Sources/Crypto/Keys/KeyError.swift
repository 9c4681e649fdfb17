/// Why a key was refused. Never holds key material.
public enum KeyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not the text or structure of a key.
    case malformed(String)
    /// A private key stands where a public one belongs.
    case isPrivate
    /// Too weak a key.
    case tooShort(bits: Int, bitsMin: Int)
    /// Too large a key: checking a signature would take too long.
    case tooLong(bits: Int, bitsMax: Int)
    /// A key whose numbers give it away or that lies on no curve.
    case weak(String)
    /// A kind of key, or a curve, that is not supported.
    case unsupported(String)
    /// A key that can't do what its algorithm says.
    case mismatch(String)

    /// What is wrong and, where that helps, what is expected.
    public var description: String {
        switch self {
        case .malformed(let why): "malformed key: \(why)"
        case .isPrivate: "a private key where a public key belongs"
        case .tooShort(let bits, let min): "a key of \(bits) bits; at least \(min) are needed"
        case .tooLong(let bits, let max): "a key of \(bits) bits; at most \(max) are accepted"
        case .weak(let why): "weak key: \(why)"
        case .unsupported(let what): "unsupported key: \(what)"
        case .mismatch(let why): "key and algorithm disagree: \(why)"
        }
    }
}
