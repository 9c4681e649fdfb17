/// What becomes of sessions' credentials while nobody can say what other gates have revoked.
///
/// What this gate knows to be revoked is refused in any case.
package enum RevocationFallback: String, CaseIterable, Sendable {
    /// Refuse them (503) while the shared store is not heard.
    case refuse
    /// Believe them. They end when they expire, in minutes.
    case allow
    /// Go by the database, which is asked many times a second; refuse them when it is away too.
    case database

    /// A source of revocations.
    package enum Feed: Sendable {
        /// There is none.
        case absent
        case current
        /// It has not been heard of late.
        case stale
    }

    /// Whether a credential is believed that is not known to be revoked.
    ///
    /// Gates post to the shared store whatever they write to the database: while it is heard, a
    /// silent database hides nothing.
    package func believes(store: Feed, database: Feed) -> Bool {
        switch (self, store, database) {
        case (.allow, _, _), (_, .current, _), (_, .absent, .current): true
        case (.database, .stale, .current): true
        default: false
        }
    }
}
