import GatehouseTransport
import Synchronization

/// Lets one task of a loop sleep until a time or until it is called, from any thread.
final class SetAlarm: Sendable {
    private struct State {
        var hasRung = false
        /// Counts the sleeps, so that a clock that is late ends no other one.
        var number = 0
        var expired = 0
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Wakes the task, now or when it sleeps next.
    func ring() {
        let sleeper = state.withLock { state in
            if state.sleeper == nil { state.hasRung = true }
            return state.sleeper.take()
        }
        sleeper?.resume()
    }

    /// Sleeps on a loop; for one task at a time.
    func sleep(for duration: Duration, on loop: EventLoop) async {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        loop.spawn { [self] in
            _ = try? await Task.sleep(for: duration)
            expire(number)
        }
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.hasRung || state.expired == number {
                    state.hasRung = false
                    return true
                }
                state.sleeper = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    private func expire(_ number: Int) {
        let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.number == number else { return nil }
            state.expired = number
            return state.sleeper.take()
        }
        sleeper?.resume()
    }
}
