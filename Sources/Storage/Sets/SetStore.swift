package import GatehouseCore

/// Sets of short byte strings that every process of a cluster knows whole: what was revoked, what
/// is blocked.
///
/// Asking is a look into this process's own copy. Copies grow together: whatever one of them ever
/// learned, the others and the shared store learn when they meet, so that a store that was lost,
/// or a process that was cut off, makes nobody forget.
package protocol SetStore: AnyObject, Sendable {
    /// This process's copy of a set that the store was made for.
    func view(of set: SetName) -> SetView
    /// Merges a record in, here and in what is shared.
    /// - Returns: the record in force, which is another one if that was stronger.
    /// - Throws: `full` and `malformed` changed nothing; after `unavailable` the record counts
    ///   here, and elsewhere as soon as the store can be reached.
    @discardableResult
    func insert(_ member: SetMember, in set: SetName) async throws(SetStoreError) -> SetMember
    /// Merges a record in here, at once, and lets others know soon; waits for nothing.
    func post(_ member: SetMember, in set: SetName) throws(SetStoreError)
    /// Whether the copy is what others know as well.
    var status: SetStoreStatus { get }
    /// Whether other processes are told and heard at all.
    var isShared: Bool { get }
    /// Whether nothing that others did until a moment ago can be missing; cheap enough for every
    /// request.
    func isCurrent(at now: MonotonicTime) -> Bool
    /// Ends what runs beside; what was acknowledged stays.
    func close()
}

/// How fresh a process's copies are.
package struct SetStoreStatus: Equatable, Sendable {
    /// Whether other processes are told and heard at all.
    package var isShared: Bool
    /// Whether nothing that others did until a moment ago can be missing.
    package var isCurrent: Bool
    /// Until when everything was heard; nil for a store of this process alone, or before the first
    /// load.
    package var lastHeard: MonotonicTime?

    package init(isShared: Bool, isCurrent: Bool, lastHeard: MonotonicTime?) {
        self.isShared = isShared
        self.isCurrent = isCurrent
        self.lastHeard = lastHeard
    }
}

/// Why a record was not taken as asked. Never holds members.
package enum SetStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The set has no room for a record that counts.
    case full(SetName)
    /// The member or its note is empty or too long.
    case malformed
    /// It counts here, and nobody else could be told, or it could not be written down.
    case unavailable(String)

    package var description: String {
        switch self {
        case .full(let set): "the set \(set) is full"
        case .malformed: "a member takes 1 to 256 bytes, its note at most 512"
        case .unavailable(let why): "the set's store is not available: \(why)"
        }
    }
}

/// What operators are told of a store, once for each transition.
package enum SetStoreEvent: Equatable, Sendable {
    /// A set had no room for a record: its copy is not whole.
    case full(SetName)
    /// The link to the shared store broke, or nothing was heard in time.
    case cut(String)
    /// Everything was read, and what the shared store lacked was told to it.
    case current(read: Int, told: Int)
    /// The shared store does not take records: it is full or may not be written.
    case refused(String)
    /// Records could not be written down: they are lost when the process ends.
    case notWritten(String)
    /// Records are written down again.
    case written
}

extension SetStore {
    /// Ends a member of a set whose values number the changes of a member.
    /// - Parameter until: until when no older insertion may bring it back.
    @discardableResult
    package func remove(
        _ name: [UInt8], value: Int64, until: WallTime, from set: SetName
    ) async throws(SetStoreError) -> SetMember {
        try await insert(
            SetMember(name, value: value, until: until, isRemoval: true), in: set)
    }
}

/// The copies of a store's sets.
struct SetViews: Sendable {
    let views: [SetView]
    private let places: [SetName: Int]

    init(_ rules: [SetRules]) {
        let seed = CounterSeed.random()
        views = rules.map { SetView($0, seed: seed) }
        places = Dictionary(
            rules.enumerated().map { ($1.name, $0) },
            uniquingKeysWith: { _, _ in preconditionFailure("two sets of one name") })
    }

    /// A set that the store was not made for is an error of the program.
    subscript(_ set: SetName) -> SetView {
        guard let place = places[set] else { preconditionFailure("a set of no name") }
        return views[place]
    }

    /// The place of a set in `views`, by a name from outside.
    func place(of name: some Collection<UInt8>) -> Int? {
        views.firstIndex { $0.rules.name.description.utf8.elementsEqual(name) }
    }
}
