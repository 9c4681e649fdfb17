package import GatehouseCore

/// Sets in this process's memory: for one machine. With a journal they outlive the process.
package final class MemorySetStore: SetStore {
    private let views: SetViews
    private let journal: SetJournal?
    private let clock: @Sendable () -> WallTime
    private let events: @Sendable (SetStoreEvent) -> Void

    /// Sets that are lost when the process ends.
    package init(
        _ rules: [SetRules], clock: @escaping @Sendable () -> WallTime = { .now },
        events: @escaping @Sendable (SetStoreEvent) -> Void = { _ in }
    ) {
        views = SetViews(rules)
        journal = nil
        self.clock = clock
        self.events = events
    }

    /// Sets that are written down before a change is acknowledged, and read now.
    package init(
        _ rules: [SetRules], journal: SetJournal,
        clock: @escaping @Sendable () -> WallTime = { .now },
        events: @escaping @Sendable (SetStoreEvent) -> Void = { _ in }
    ) throws(SetStoreError) {
        views = SetViews(rules)
        self.journal = journal
        self.clock = clock
        self.events = events
        try journal.start(events)
        try journal.load(views, at: clock(), events)
    }

    package func view(of set: SetName) -> SetView { views[set] }

    package var status: SetStoreStatus {
        SetStoreStatus(isShared: false, isCurrent: true, lastHeard: nil)
    }

    package var isShared: Bool { false }
    package func isCurrent(at now: MonotonicTime) -> Bool { true }

    @discardableResult
    package func insert(
        _ member: SetMember, in set: SetName
    ) async throws(SetStoreError) -> SetMember {
        guard let changed = try merge(member, set) else {
            return views[set].record(of: member.name) ?? member
        }
        if views[set].rules.isDurable { try await journal?.write(changed, in: set) }
        return changed
    }

    package func post(_ member: SetMember, in set: SetName) throws(SetStoreError) {
        guard let changed = try merge(member, set) else { return }
        if views[set].rules.isDurable { journal?.post(changed, in: set) }
    }

    private func merge(_ member: SetMember, _ set: SetName) throws(SetStoreError) -> SetMember? {
        guard member.isWellFormed else { throw .malformed }
        switch views[set].merge(member, at: clock()) {
        case .changed(let changed): return changed
        case .known, .ended: return nil
        case .full(let isFirst):
            if isFirst { events(.full(set)) }
            throw .full(set)
        }
    }

    package func close() { journal?.close() }
}
