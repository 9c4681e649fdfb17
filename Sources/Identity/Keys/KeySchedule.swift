package import GatehouseCore

/// When the keys of a ring come and go; a pure decision over their times.
///
/// A key is published before it signs, so that everybody who keeps our set for a while knows it
/// when its first token arrives, and it is kept for verifying until its last token has ended.
package struct KeySchedule: Sendable {
    /// How long a key signs. Default 30 days.
    package var rotation: Duration
    /// How long a key is published before it signs. Default one day.
    package var publication: Duration
    /// How long a key verifies after it signed last. Default two hours.
    package var verification: Duration

    /// The defaults.
    package init(
        rotation: Duration = .seconds(30 * 86_400), publication: Duration = .seconds(86_400),
        verification: Duration = .seconds(7_200)
    ) {
        self.rotation = rotation
        self.publication = publication
        self.verification = verification
    }

    /// What a key is for at a moment.
    package enum State: String, Sendable {
        /// Known to verifiers, not signing yet.
        case published
        /// Signs.
        case signing
        /// Signed once; its tokens may still be about.
        case verifying
        /// Of no use any more.
        case retired
    }

    /// The state of the key at `index`, of keys that begin to sign at `starts` (ascending).
    ///
    /// A clock that goes back makes no key vanish: before the first start, the first key signs.
    package func state(of index: Int, starts: [WallTime], now: WallTime) -> State {
        let signing = starts.lastIndex { $0 <= now } ?? 0
        if index == signing { return .signing }
        if index > signing { return .published }
        let end = starts[index + 1].nanoseconds.saturatingAdd(verification.nanoseconds)
        return now.nanoseconds < end ? .verifying : .retired
    }

    /// When the next key should begin to sign; nil while none is due to be made.
    package func nextStart(starts: [WallTime], now: WallTime) -> WallTime? {
        guard let last = starts.last else { return now }
        let due = last.nanoseconds.saturatingAdd(rotation.nanoseconds)
        guard now.nanoseconds >= due.saturatingAdd(-publication.nanoseconds) else { return nil }
        // Never at once: a ring that slept through its schedule still publishes first.
        return WallTime(
            nanoseconds: max(due, now.nanoseconds.saturatingAdd(publication.nanoseconds)))
    }
}
