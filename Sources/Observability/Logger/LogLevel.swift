/// How much a line matters.
package enum LogLevel: String, CaseIterable, Comparable, Sendable {
    /// For finding faults.
    case debug
    /// The usual course of things.
    case info
    /// Somebody should look at it, one day.
    case warn
    /// Something failed.
    case error
    /// An attack, or the gate itself is in danger.
    case critical

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warn: 2
        case .error: 3
        case .critical: 4
        }
    }

    var text: StaticString {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warn: "warn"
        case .error: "error"
        case .critical: "critical"
        }
    }
}
