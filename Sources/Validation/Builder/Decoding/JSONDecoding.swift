import GatehouseCore

extension JSONValue {
    /// The value as a Swift type. Whole numbers are exact or refused, never wrapped or rounded;
    /// members that the type does not know are refused.
    ///
    /// - Parameter ignoresUnknownMembers: Lets members pass that the type does not know.
    /// - Throws: `DecodingIssue` with the place and the reason.
    public func decode<T: Decodable>(
        _ type: T.Type = T.self, ignoresUnknownMembers: Bool = false
    ) throws(DecodingIssue) -> T {
        try JSONDecoding.decode(
            type, from: DecodedText(self), ignoresUnknownMembers: ignoresUnknownMembers)
    }
}

extension SchemaValue {
    func decode<T: Decodable>(_ type: T.Type) throws(DecodingIssue) -> T {
        var json = JSONWriter()
        write(to: &json)
        let bytes = json.finish()
        var tape = JSONTape()
        var limits = JSONLimits()
        limits.bytesMax = .mebibytes(1_023)
        limits.depthMax = 512
        limits.membersMax = .max
        limits.elementsMax = .max
        limits.valuesMax = .max
        limits.stringBytesMax = .mebibytes(1_023)
        limits.numberBytesMax = .max
        do throws(JSONError) { _ = try tape.parse(bytes.raw, limits: limits) } catch {
            throw DecodingIssue(.refused, at: [])
        }
        return try JSONDecoding.decode(
            type, from: DecodedText(bytes: bytes, tape: tape), ignoresUnknownMembers: true)
    }
}

/// Our own `Decoder` over a tape: a place in it, and what all places share.
struct JSONDecoding: Decoder {
    /// The document, and which of its objects were opened and members asked for.
    final class Visits {
        let document: DecodedText
        /// A bit for each node: of an object, that it was opened; of a name, that it was found.
        private var seen: [UInt64]
        /// Where the search for the next member of this object begins: types ask in order.
        fileprivate var hint = (object: -1, name: 0)

        init(_ document: DecodedText) {
            self.document = document
            seen = [UInt64](repeating: 0, count: document.nodes.count / 64 + 1)
        }

        func mark(_ node: Int) { seen[node >> 6] |= 1 << UInt64(node & 63) }
        func isMarked(_ node: Int) -> Bool { seen[node >> 6] >> UInt64(node & 63) & 1 == 1 }
    }

    let visits: Visits
    let index: Int
    var document: DecodedText { visits.document }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Found only when somebody asks, which few but errors do.
    var codingPath: [any CodingKey] { document.path(to: index) }

    static func decode<T: Decodable>(
        _ type: T.Type, from document: DecodedText, ignoresUnknownMembers: Bool
    ) throws(DecodingIssue) -> T {
        let decoding = JSONDecoding(visits: Visits(document), index: 0)
        let value: T
        do { value = try decoding.value(type) } catch { throw DecodingIssue(error) }
        if !ignoresUnknownMembers { try decoding.checkMembers() }
        return value
    }

    /// Refuses members that nobody asked for.
    private func checkMembers() throws(DecodingIssue) {
        for object in document.nodes.indices where visits.isMarked(object) {
            guard document.kind(object) == .object else { continue }
            var name = object + 1
            for _ in 0..<Int(document.nodes[object].children) {
                // The name is the client's; the object that it stands in says enough.
                guard visits.isMarked(name) else {
                    throw DecodingIssue(.unknownMember, at: document.path(to: object))
                }
                name = Int(document.nodes[name + 1].next)
            }
        }
    }

    func at(_ index: Int) -> JSONDecoding { JSONDecoding(visits: visits, index: index) }

    /// The value of a member of this object, or nil.
    func member(_ name: String) -> JSONDecoding? {
        let start = visits.hint.object == index ? visits.hint.name : index + 1
        guard let found = document.member(name, of: index, from: start) else { return nil }
        visits.hint = (index, found.next)
        visits.mark(found.name)
        return at(found.name + 1)
    }

    func issue(_ reason: DecodingIssue.Reason) -> DecodingIssue {
        let isNull = reason == .wrongType && document.kind(index) == .null
        return DecodingIssue(isNull ? .null : reason, at: codingPath)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard document.kind(index) == .object else { throw issue(.wrongType) }
        visits.mark(index)
        return KeyedDecodingContainer(JSONKeyedContainer(decoding: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard document.kind(index) == .array else { throw issue(.wrongType) }
        return JSONUnkeyedContainer(self)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        JSONSingleContainer(decoding: self)
    }

    // MARK: Scalars

    func value<T: Decodable>(_ type: T.Type) throws -> T {
        switch type {
        case is Bool.Type: try cast(bool())
        case is String.Type: try cast(string())
        case is Double.Type: try cast(double())
        case is Float.Type: try cast(float())
        case is Int.Type: try cast(integer(Int.self))
        case is Int8.Type: try cast(integer(Int8.self))
        case is Int16.Type: try cast(integer(Int16.self))
        case is Int32.Type: try cast(integer(Int32.self))
        case is Int64.Type: try cast(integer(Int64.self))
        case is UInt.Type: try cast(integer(UInt.self))
        case is UInt8.Type: try cast(integer(UInt8.self))
        case is UInt16.Type: try cast(integer(UInt16.self))
        case is UInt32.Type: try cast(integer(UInt32.self))
        case is UInt64.Type: try cast(integer(UInt64.self))
        default: try T(from: self)
        }
    }

    private func cast<T>(_ value: some Any) throws -> T {
        guard let result = value as? T else { throw issue(.wrongType) }
        return result
    }

    func bool() throws -> Bool {
        guard let value = document.read(index, { $0.bool }) else { throw issue(.wrongType) }
        return value
    }

    func string() throws -> String {
        guard let value = document.string(index) else { throw issue(.wrongType) }
        return value
    }

    private func numeral() throws -> String {
        guard document.kind(index) == .number else { throw issue(.wrongType) }
        return document.read(index) { String(lossy: $0.text) }
    }

    func double() throws -> Double {
        guard let value = Double(try numeral()), value.isFinite else { throw issue(.outOfRange) }
        return value
    }

    func float() throws -> Float {
        guard let value = Float(try numeral()), value.isFinite else { throw issue(.outOfRange) }
        return value
    }

    /// Exact: `1.0` and `1e2` are whole, `1.5` and what the type cannot hold are refused.
    func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
        if let value = document.read(index, { $0.integer }).flatMap(T.init(exactly:)) {
            return value
        }
        let text = try numeral()
        if let value = T(text) { return value }
        let isPlain = text.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: "-") }
        guard !isPlain, let double = Double(text), double.magnitude <= ValueNumber.safeMax,
            let value = T(exactly: double)
        else { throw issue(.outOfRange) }
        return value
    }
}
