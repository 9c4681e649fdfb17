/// Why a control refused its settings: which setting, what is wrong, and how to mend it.
///
/// The configuration reader adds file and line; a library user sees it as it is.
public enum ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A value that a control refuses.
    case invalid(_ key: String, _ why: String)

    /// `key: why`.
    public var description: String {
        switch self {
        case .invalid(let key, let why): "\(key): \(why)"
        }
    }
}
