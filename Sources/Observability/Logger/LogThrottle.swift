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

    private struct State {
        var windows: [String: Window] = [:]
        /// When the first window with something to tell is over.
        var due: MonotonicTime?
    }

    private let state = Mutex(State())
    private let limit: LogFloodLimit

    init(_ limit: LogFloodLimit) { self.limit = limit }

    /// Whether one more line of this event may be written.
    func admits(_ event: String, at now: MonotonicTime) -> Bool {
        state.withLock { state in
            let isKnown = state.windows[event] != nil || state.windows.count < Self.namesMax
            let name = isKnown ? event : ""
            var window = state.windows[name] ?? Window(start: now)
            // A window with a count still to tell is ended by `takeSummaries`.
            if now - window.start >= limit.window, window.suppressed == 0 {
                window = Window(start: now)
            }
            let isAdmitted = window.passed < limit.lines
            if isAdmitted {
                window.passed += 1
            } else {
                window.suppressed += 1
                let end = window.start + limit.window
                state.due = min(state.due ?? end, end)
            }
            state.windows[name] = window
            return isAdmitted
        }
    }

    /// Counts of what was held back in windows that are over, by event; each is told once.
    func takeSummaries(at now: MonotonicTime, all: Bool = false) -> [(event: String, count: Int)] {
        state.withLock { state in
            guard let due = state.due, all || now >= due else { return [] }
            state.due = nil
            var summaries: [(event: String, count: Int)] = []
            for (name, window) in state.windows where window.suppressed > 0 {
                let end = window.start + limit.window
                guard all || now >= end else {
                    state.due = min(state.due ?? end, end)
                    continue
                }
                summaries.append((event: name, count: window.suppressed))
                state.windows[name] = Window(start: now)
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
