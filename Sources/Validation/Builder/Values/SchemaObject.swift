/// The members of an object in their order, with a look-up that stays fast for large ones.
struct SchemaObject: Sendable {
    private(set) var names: [SchemaText] = []
    private(set) var values: [SchemaValue] = []
    /// Places of the names once there are more than can be compared one by one.
    private var places: [SchemaText: Int]?

    private static let scannedMax = 8

    init() {}

    var count: Int { names.count }

    private func place(of name: SchemaText) -> Int? {
        if let places { return places[name] }
        return names.firstIndex(of: name)
    }

    subscript(name: SchemaText) -> SchemaValue? {
        get { place(of: name).map { values[$0] } }
        set {
            guard let newValue else { return remove(name) }
            if let place = place(of: name) {
                values[place] = newValue
            } else {
                append(name, newValue)
            }
        }
    }

    private mutating func append(_ name: SchemaText, _ value: SchemaValue) {
        if places != nil { places?[name] = names.count }
        names.append(name)
        values.append(value)
        guard places == nil, names.count > Self.scannedMax else { return }
        places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    }

    private mutating func remove(_ name: SchemaText) {
        guard let place = place(of: name) else { return }
        names.remove(at: place)
        values.remove(at: place)
        guard places != nil else { return }
        places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    }
}

extension SchemaObject: Equatable {
    /// Equal when they hold the same members; their order does not matter.
    static func == (left: SchemaObject, right: SchemaObject) -> Bool {
        guard left.count == right.count else { return false }
        for (name, value) in zip(left.names, left.values) {
            guard let other = right[name], other == value else { return false }
        }
        return true
    }
}
