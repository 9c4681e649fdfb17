package import GatehouseCore

/// How much of the work a loop should turn away, learnt from how late it is (after CoDel, RFC 8289:
/// the least lag of an interval tells a standing queue from a burst).
///
/// The level rises while even the least lag of an interval is over the target, faster the further
/// over, and is halved once it is well under it: what is shed follows what is too much. It stops
/// where all anonymous callers are shed: only if that does not help in an interval it goes on.
package struct LoadPressure: Sendable {
    /// The level at which one class of callers is shed whole: up to here anonymous ones, from here
    /// to twice as much signed-in ones too.
    package static let full = 1_024
    /// What an interval over the target adds, for each time that the lag holds the target.
    private static let step = 128
    private static let stepsMax: Int64 = 4

    private let target: Duration
    private let interval: Duration
    private var began: MonotonicTime?
    private var least = Duration.zero
    /// 0 to twice `full`.
    package private(set) var level = 0

    package init(target: Duration, interval: Duration) {
        self.target = max(target, .nanoseconds(1))
        self.interval = interval
    }

    /// Takes a measurement; the level changes at most once in an interval.
    package mutating func sample(lag: Duration, at now: MonotonicTime) {
        guard let start = began else {
            (began, least) = (now, lag)
            return
        }
        least = min(least, lag)
        guard now - start >= interval else { return }
        adjust()
        (began, least) = (now, lag)
    }

    private mutating func adjust() {
        if least > target {
            let times = min(least.nanoseconds / target.nanoseconds, Self.stepsMax)
            level =
                level < Self.full
                ? min(level + Self.step * Int(times), Self.full)
                : min(level + Self.step, 2 * Self.full)
        } else if least > target / 2 {
            level = max(0, level - Self.step)
        } else {
            level = level > Self.step ? level / 2 : 0
        }
    }
}

/// A loop's load, and whose request is shed next. Belongs to its loop's thread.
package final class LoopLoad {
    package private(set) var pressure = LoadPressure(target: .seconds(3_600), interval: .seconds(1))
    private var owedAnonymous = 0
    private var owedSignedIn = 0

    package init() {}

    /// Begins anew with a configuration's numbers.
    package func configure(target: Duration, interval: Duration) {
        pressure = LoadPressure(target: target, interval: interval)
    }

    /// Takes a measurement; true when the level changed.
    package func sample(lag: Duration, at now: MonotonicTime) -> Bool {
        let before = pressure.level
        pressure.sample(lag: lag, at: now)
        return pressure.level != before
    }

    /// Whether anything is shed at all.
    @inline(__always)
    package var isUnderPressure: Bool { pressure.level > 0 }

    /// Whether the next request of such a caller is turned away: of each class its share, evenly
    /// spread, the signed-in only when every anonymous one is.
    package func sheds(signedIn: Bool) -> Bool {
        if signedIn {
            return Self.owes(max(0, pressure.level - LoadPressure.full), &owedSignedIn)
        }
        return Self.owes(min(pressure.level, LoadPressure.full), &owedAnonymous)
    }

    private static func owes(_ share: Int, _ owed: inout Int) -> Bool {
        owed += share
        guard owed >= LoadPressure.full else { return false }
        owed -= LoadPressure.full
        return true
    }
}
