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

/// Our own `Decoder` over a tape.
struct JSONDecoding: Decoder {
    /// Which objects were opened and which of their members were asked for.
    final class Visits {
        var opened: [Int: [any CodingKey]] = [:]
        var seen: Set<Int> = []
    }

    let document: DecodedText
    let index: Int
    let codingPath: [any CodingKey]
    let visits: Visits
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func decode<T: Decodable>(
        _ type: T.Type, from document: DecodedText, ignoresUnknownMembers: Bool
    ) throws(DecodingIssue) -> T {
        let visits = Visits()
        let decoding = JSONDecoding(document: document, index: 0, codingPath: [], visits: visits)
        let value: T
        do { value = try decoding.value(type) } catch { throw DecodingIssue(error) }
        if !ignoresUnknownMembers { try decoding.checkMembers() }
        return value
    }

    /// Refuses members that nobody asked for.
    private func checkMembers() throws(DecodingIssue) {
        for (object, path) in visits.opened.sorted(by: { $0.key < $1.key }) {
            for name in document.names(of: object) where !visits.seen.contains(name) {
                // The name is the client's; the object that it stands in says enough.
                throw DecodingIssue(.unknownMember, at: path)
            }
        }
    }

    func at(_ index: Int, _ key: any CodingKey) -> JSONDecoding {
        JSONDecoding(
            document: document, index: index, codingPath: codingPath + [key], visits: visits)
    }

    func issue(_ reason: DecodingIssue.Reason) -> DecodingIssue {
        let isNull = reason == .wrongType && document.kind(index) == .null
        return DecodingIssue(isNull ? .null : reason, at: codingPath)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard document.kind(index) == .object else { throw issue(.wrongType) }
        visits.opened[index] = codingPath
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
        let text = try numeral()
        if let value = T(text) { return value }
        let isPlain = text.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: "-") }
        guard !isPlain, let double = Double(text), double.magnitude <= ValueNumber.safeMax,
            let value = T(exactly: double)
        else { throw issue(.outOfRange) }
        return value
    }
}
