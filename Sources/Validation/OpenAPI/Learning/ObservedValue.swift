import GatehouseCore

/// What is known of the values at one place: their kinds, the magnitudes of their sizes and
/// numbers, and the same of what is inside. The values themselves are not kept.
package struct ObservedValue: Sendable {
    /// How often something was here.
    package internal(set) var count = 0
    /// How often it was an object.
    var objects = 0
    /// Whether its name says that it is secret or about a person.
    var isSensitive = false
    /// What it was, and for which clients.
    var facts: [UInt16: ClientMarks] = [:]
    var choices = ObservedChoices()
    var properties: [String: ObservedValue] = [:]
    /// Members whose names are values themselves, as one: none or one.
    var additional: [ObservedValue] = []
    /// Elements of arrays, as one: none or one.
    var items: [ObservedValue] = []

    init(isSensitive: Bool = false) {
        self.isSensitive = isSensitive
        if isSensitive { choices.close() }
    }

    mutating func mark(_ fact: UInt16, _ client: ClientMarks) {
        facts[fact, default: .none].formUnion(client)
    }

    func marks(_ fact: UInt16) -> ClientMarks { facts[fact] ?? .none }

    /// Who sent anything here.
    var clients: ClientMarks {
        var all = ClientMarks.none
        for kind in ObservedFact.Kind.allCases { all.formUnion(marks(ObservedFact.kind(kind))) }
        return all
    }

    /// Places in it, itself included.
    var nodeCount: Int {
        1 + properties.values.reduce(0) { $0 + $1.nodeCount }
            + additional.reduce(0) { $0 + $1.nodeCount } + items.reduce(0) { $0 + $1.nodeCount }
    }

    // MARK: Merging

    /// Takes what another place knows into this one. No deeper than values are looked at.
    mutating func merge(_ other: ObservedValue) {
        count += other.count
        objects += other.objects
        if other.isSensitive { conceal() }
        for (fact, marks) in other.facts { mark(fact, marks) }
        choices.merge(other.choices)
        for (name, value) in other.properties {
            if properties[name]?.merge(value) == nil { properties[name] = value }
        }
        Self.merge(other.additional, into: &additional)
        Self.merge(other.items, into: &items)
        boundProperties()
    }

    private static func merge(_ other: [ObservedValue], into own: inout [ObservedValue]) {
        guard let value = other.first else { return }
        if own.isEmpty { own = other } else { own[0].merge(value) }
    }

    private mutating func conceal() {
        isSensitive = true
        choices.close()
        facts = facts.filter { !ObservedFact.isNumber($0.key) }
    }

    // MARK: Bounds

    /// Keeps the number of members in bounds: what one client alone sent is forgotten, and if that
    /// is not enough, members are values of a map.
    mutating func boundProperties() {
        guard properties.count > TrafficLimits.propertiesMax else { return }
        if clients.count > 1 {
            properties = properties.filter { $0.value.clients.count > 1 }
            if properties.count <= TrafficLimits.propertiesMax / 2 { return }
        }
        for (name, value) in properties where value.count * 2 < objects {
            properties[name] = nil
            if additional.isEmpty {
                additional = [value]
            } else {
                additional[0].merge(value)
            }
        }
        while properties.count > TrafficLimits.propertiesMax, let last = properties.popFirst() {
            Self.merge([last.value], into: &additional)
        }
    }

    /// Forgets what one client alone sent, where others sent something too.
    mutating func forgetRare() {
        guard clients.count > 1 else { return }
        properties = properties.filter { $0.value.clients.count > 1 }
        for name in properties.keys { properties[name]?.forgetRare() }
        for index in additional.indices { additional[index].forgetRare() }
        for index in items.indices { items[index].forgetRare() }
    }
}

extension ObservedFact {
    /// Whether the fact is a number's magnitude.
    static func isNumber(_ code: UInt16) -> Bool { (935...1_065).contains(code) }
}

extension ObservedValue {
    /// The highest magnitude that enough clients reached.
    func highest(_ measure: ObservedFact.Measure, clientsMin: Int) -> Int? {
        extreme(measure, clientsMin, magnitudes: Self.magnitudes.reversed())
    }

    /// The lowest magnitude that enough clients reached.
    func lowest(_ measure: ObservedFact.Measure, clientsMin: Int) -> Int? {
        extreme(measure, clientsMin, magnitudes: Array(Self.magnitudes))
    }

    private static let magnitudes = -ObservedFact.magnitudeMax...ObservedFact.magnitudeMax

    /// Walks inwards from one end: clients beyond a magnitude count for it too.
    private func extreme(
        _ measure: ObservedFact.Measure, _ clientsMin: Int, magnitudes: [Int]
    ) -> Int? {
        var all = ClientMarks.none
        for magnitude in magnitudes where measure == .number || magnitude >= 0 {
            all.formUnion(marks(ObservedFact.measure(measure, magnitude)))
            if all.count >= clientsMin { return magnitude }
        }
        return nil
    }
}
