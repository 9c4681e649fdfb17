import GatehouseCore
import Synchronization

/// Keeps one event from flooding the log: so many lines of a name in a window, then a count.
final class LogThrottle: Sendable {
    private struct Window {
        var start: MonotonicTime
        var passed = 0
        var suppressed = 0
    }

    /// Most names that are told apart; further ones share a window.
    private static let namesMax = 256

    private let windows = Mutex<[String: Window]>([:])
    private let limit: LogFloodLimit

    init(_ limit: LogFloodLimit) { self.limit = limit }

    /// Whether one more line of this event may be written.
    func admits(_ event: String, at now: MonotonicTime) -> Bool {
        windows.withLock { windows in
            let isKnown = windows[event] != nil || windows.count < Self.namesMax
            let name = isKnown ? event : ""
            var window = windows[name] ?? Window(start: now)
            // A window with a count still to tell is ended by `takeSummaries`.
            if now - window.start >= limit.window, window.suppressed == 0 {
                window = Window(start: now)
            }
            let isAdmitted = window.passed < limit.lines
            if isAdmitted { window.passed += 1 } else { window.suppressed += 1 }
            windows[name] = window
            return isAdmitted
        }
    }

    /// Counts of what was held back in windows that are over, by event; each is told once.
    func takeSummaries(at now: MonotonicTime, all: Bool = false) -> [(event: String, count: Int)] {
        windows.withLock { windows in
            var summaries: [(event: String, count: Int)] = []
            for (name, window) in windows where window.suppressed > 0 {
                guard all || now - window.start >= limit.window else { continue }
                summaries.append((event: name, count: window.suppressed))
                windows[name] = Window(start: now)
            }
            return summaries.sorted { $0.event < $1.event }
        }
    }
}

/// How many lines of one event are written before they are only counted.
package struct LogFloodLimit: Sendable {
    /// Lines of one event in a window.
    package var lines: Int
    /// Length of the window.
    package var window: Duration

    /// 50 lines in 10 seconds, unless told otherwise.
    package init(lines: Int = 50, window: Duration = .seconds(10)) {
        self.lines = lines
        self.window = window
    }
}
