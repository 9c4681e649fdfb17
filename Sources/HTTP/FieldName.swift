import GatehouseCore

/// A field name (RFC 9110 section 5.1): known names are small numbers, others lower-case text.
///
/// Known names make the hot path a comparison of numbers; `KnownFields` lists them.
public struct FieldName: Hashable, Sendable, CustomStringConvertible {
    /// Index into `KnownFields.names`, or `FieldName.unknown`.
    package let id: UInt8
    private let text: String

    /// The id of names that are in no table.
    package static let unknown: UInt8 = 255

    package init(id: UInt8) {
        self.id = id
        text = ""
    }

    /// A name in any case; nil if it is no token (RFC 9110 section 5.6.2).
    public init?(_ name: String) {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy(\.isTokenByte) else { return nil }
        let id = KnownFields.id(of: bytes.raw)
        self.id = id
        text = id == Self.unknown ? name.lowercased() : ""
    }

    /// The name as it is written on the wire: known names in their usual case.
    public var description: String { id == Self.unknown ? text : KnownFields.display(id) }

    /// The name in lower case.
    public var lowercased: String { description.lowercased() }
}

extension UInt8 {
    /// Whether the byte may stand in a token (RFC 9110 section 5.6.2).
    @inline(__always)
    package var isTokenByte: Bool { isIn(ByteClass.token) }
}
