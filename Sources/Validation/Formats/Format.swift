import GatehouseCore

/// What a text is meant to be, by the names of JSON Schema (2020-12 and draft-07) and OpenAPI.
///
/// All are checked on UTF-8 bytes; those of plain ASCII texts cost no allocation.
public enum Format: String, CaseIterable, Sendable {
    /// A moment with its offset (RFC 3339), leap seconds only where they can be.
    case dateTime = "date-time"
    /// A day of the Gregorian calendar, `2024-02-29` (RFC 3339).
    case date
    /// A time of day with its offset, `08:30:06Z` (RFC 3339).
    case time
    /// A span such as `P4DT12H` (RFC 3339 appendix A).
    case duration
    /// An ASCII mailbox (RFC 5321).
    case email
    /// A mailbox with international text (RFC 6531).
    case idnEmail = "idn-email"
    /// A host name (RFC 1123), A-labels checked (RFC 5890).
    case hostname
    /// An international host name (IDNA2008, RFC 5890).
    case idnHostname = "idn-hostname"
    /// Four decimal parts.
    case ipv4
    /// RFC 4291 section 2.2, without zone.
    case ipv6
    /// A URI with its scheme (RFC 3986).
    case uri
    /// A URI or a relative reference.
    case uriReference = "uri-reference"
    /// A URI with international text (RFC 3987).
    case iri
    /// An IRI or a relative reference.
    case iriReference = "iri-reference"
    /// RFC 6570.
    case uriTemplate = "uri-template"
    /// RFC 4122, either case.
    case uuid
    /// RFC 6901.
    case jsonPointer = "json-pointer"
    /// The Internet-Draft that JSON Schema refers to.
    case relativeJSONPointer = "relative-json-pointer"
    /// A regular expression of ECMA-262.
    case regex
    /// Base64 with its padding, in canonical form (RFC 4648 section 4).
    case base64
    /// Base64url without padding, in canonical form (RFC 4648 section 5).
    case base64url
    /// OpenAPI's name for Base64.
    case byte

    /// Most bytes that are looked at for formats without a limit of their own.
    public static let bytesMax = 1 << 20

    /// Whether the text has this format.
    public func accepts(_ text: RawSpan) -> Bool {
        guard text.byteCount <= Self.bytesMax else { return false }
        switch self {
        case .dateTime: return DateText.isDateTime(text)
        case .date: return DateText.isDate(text)
        case .time: return DateText.isTime(text)
        case .duration: return DurationText.isDuration(text)
        case .email: return MailboxText.isMailbox(text, allowsUnicode: false)
        case .idnEmail: return MailboxText.isMailbox(text, allowsUnicode: true)
        case .hostname: return HostText.isName(text)
        case .idnHostname: return HostText.isInternationalName(text)
        case .ipv4: return HostText.isIPv4(text)
        case .ipv6: return HostText.isIPv6(text)
        case .uri: return URIText.isURI(text, needsScheme: true, allowsUnicode: false)
        case .uriReference: return URIText.isURI(text, needsScheme: false, allowsUnicode: false)
        case .iri: return URIText.isURI(text, needsScheme: true, allowsUnicode: true)
        case .iriReference: return URIText.isURI(text, needsScheme: false, allowsUnicode: true)
        case .uriTemplate: return URITemplateText.isTemplate(text)
        case .uuid: return UUIDText.isUUID(text)
        case .jsonPointer: return PointerText.isPointer(text, from: 0)
        case .relativeJSONPointer: return PointerText.isRelative(text)
        case .regex: return Pattern.isWellFormed(String(lossy: text))
        case .base64, .byte: return Base64Text.isBase64(text)
        case .base64url: return Base64Text.isBase64URL(text)
        }
    }

    /// Whether the text has this format.
    public func accepts(_ text: String) -> Bool { accepts(Array(text.utf8).raw) }
}
