/// Values that are allowed or refused whatever the rules say.
struct SchemaValues: Sendable {
    enum Item: Sendable {
        case value(SchemaValue)
        case reference(SchemaReference)
        case expression(SchemaExpression)
    }

    private(set) var items: [Item] = []
    /// When merged into another schema, replaces the other's values.
    var overrides = false

    var isEmpty: Bool { items.isEmpty }

    /// The values that need nothing of the document.
    var fixed: [SchemaValue] {
        items.compactMap { if case .value(let value) = $0 { value } else { nil } }
    }

    init() {}

    init(_ values: [SchemaValue]) { items = values.map { .value($0) } }

    mutating func add(_ item: Item) {
        if case .value(let value) = item, fixed.contains(value) { return }
        items.append(item)
    }

    private mutating func remove(_ value: SchemaValue) {
        items.removeAll { if case .value(let mine) = $0 { mine == value } else { false } }
    }

    /// One schema's values, then the other's, without what that one takes back.
    static func merged(
        _ target: SchemaValues?, adding source: SchemaValues?, removing taken: SchemaValues?
    ) -> SchemaValues? {
        var result = target ?? SchemaValues()
        if let source {
            if source.overrides { return source }
            for item in source.items { result.add(item) }
        }
        if let taken { for value in taken.fixed { result.remove(value) } }
        return result.isEmpty ? nil : result
    }

    /// Whether every item is known beforehand.
    var isFixed: Bool { fixed.count == items.count }
}

extension SchemaValue {
    /// Equality as allowed values mean it; texts may ignore case.
    func isSame(as other: SchemaValue, ignoringCase: Bool) -> Bool {
        if ignoringCase, case .text(let left) = self, case .text(let right) = other {
            return left.lowercased == right.lowercased
        }
        return self == other
    }
}
