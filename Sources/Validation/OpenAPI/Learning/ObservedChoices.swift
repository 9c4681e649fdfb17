import GatehouseCore

/// Texts that may be an enumeration's. A text is kept once several clients sent it; until then a
/// hash in memory counts for it, which is never written down.
struct ObservedChoices: Sendable {
    /// Texts that several clients sent.
    private(set) var values: [String: ClientMarks] = [:]
    /// Clients that sent texts which can be no enumeration's, or which too few sent.
    private(set) var others = ClientMarks.none
    /// Too many texts: it is no enumeration.
    private(set) var isClosed = false
    private var pending: [Int: ClientMarks] = [:]

    init() {}

    /// What was kept before.
    init(values: [String: ClientMarks], others: ClientMarks, isClosed: Bool) {
        self.values = values
        self.others = others
        self.isClosed = isClosed
    }

    /// Clients that sent something else than `values`.
    var unconfirmed: ClientMarks {
        var all = others
        for marks in pending.values { all.formUnion(marks) }
        return all
    }

    mutating func observe(_ text: String, _ client: ClientMarks) {
        guard !isClosed else { return }
        if values[text] != nil {
            values[text]?.formUnion(client)
            return
        }
        guard Self.isEligible(text) else { return others.formUnion(client) }
        // The hash has another key in each process.
        let hash = text.hashValue
        pending[hash, default: .none].formUnion(client)
        if let marks = pending[hash], marks.count >= TrafficLimits.choiceClientsMin {
            values[text] = marks
            pending[hash] = nil
        }
        closeIfMany()
    }

    private static func isEligible(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count <= TrafficLimits.choiceBytesMax else { return false }
        return !TextShape(bytes.raw).looksLikeValue
    }

    private mutating func closeIfMany() {
        guard
            values.count > TrafficLimits.choicesMax || pending.count > TrafficLimits.pendingMax
        else { return }
        close()
    }

    /// Gives the search up, and all texts with it.
    mutating func close() {
        self = ObservedChoices()
        isClosed = true
    }

    mutating func merge(_ other: ObservedChoices) {
        guard !isClosed, !other.isClosed else { return close() }
        for (text, marks) in other.values { values[text, default: .none].formUnion(marks) }
        for (hash, marks) in other.pending { pending[hash, default: .none].formUnion(marks) }
        others.formUnion(other.others)
        closeIfMany()
    }
}
