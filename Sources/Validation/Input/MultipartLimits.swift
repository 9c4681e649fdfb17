public import GatehouseCore

/// How much of a `multipart/form-data` body is accepted; over a limit it is refused, not cut.
public struct MultipartLimits: Equatable, Sendable {
    /// Parts in all. Default 64.
    public var partsMax = 64
    /// Parts that are files. Default 8.
    public var filesMax = 8
    /// Bytes of one field that is no file. Default 64 KiB.
    public var fieldBytesMax = ByteCount.kibibytes(64)
    /// Bytes of one file. Default 16 MiB.
    public var fileBytesMax = ByteCount.mebibytes(16)
    /// Bytes of a field's or file's name. Default 255.
    public var nameBytesMax = 255
    /// Bytes of one part's header. Default 2 KiB.
    public var headerBytesMax = 2_048
    /// Fields that may be given several times; `name[]` always may.
    public var repeatable: Set<String> = []
    /// Names, in lower case, of further fields that the header of a part may have.
    package var headerNames: Set<String> = []
    /// Media types that files may have, `image/*` included; empty for all. What the content shows
    /// itself to be must fit what is claimed either way.
    public var fileTypes: [String] = []

    /// The defaults.
    public init() {}
}

/// Why a `multipart/form-data` body was refused.
public enum MultipartError: Error, Equatable, Sendable {
    /// The framing is not RFC 7578's; which rule it breaks.
    case malformed(String)
    /// Over a limit; which one.
    case tooMuch(String)
    /// A name that repeats, or leads out of where files are kept.
    case refusedName(String)
    /// The content is not what the part claims it to be, or of a type that is not taken.
    case refusedType(String)
}

/// One part of a form.
public struct MultipartPart: Equatable, Sendable {
    /// The field's name.
    public let name: String
    /// The file's name as the client says it; nil for fields. Never a path.
    public let filename: String?
    /// The claimed media type in lower case; nil when none is claimed.
    public let type: String?
    /// The charset of the claimed type, in lower case.
    package let charset: String?
    /// Further fields of its header, for which a document asks, with names in lower case.
    package let fields: [Field]

    /// One further field.
    package struct Field: Equatable, Sendable {
        package let name: String
        package let value: String
    }

    package init(
        name: String, filename: String?, type: String?, charset: String? = nil,
        fields: [Field] = []
    ) {
        self.name = name
        self.filename = filename
        self.type = type
        self.charset = charset
        self.fields = fields
    }
}
