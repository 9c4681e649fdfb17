import GatehouseCore
import GatehouseDefense

/// Reads what a command line names, before the gate is asked.
package enum BlockTargetText {
    /// What is wrong with a target; nil when nothing is.
    package static func problem(_ text: String) -> String? {
        do throws(ConfigurationError) {
            _ = try BlockTarget(text)
            return nil
        } catch {
            switch error {
            case .invalid(_, let why): return why
            }
        }
    }
}

/// Durations of the configuration's form on a command line.
package enum DurationArgument {
    /// Whole seconds, rounded up; nil for no duration.
    package static func seconds(_ text: String) -> Int? {
        guard let duration = DurationText.parse(text) else { return nil }
        let (seconds, rest) = duration.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Int(seconds) + (rest > 0 ? 1 : 0)
    }
}
