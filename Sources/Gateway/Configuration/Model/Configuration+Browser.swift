import GatehouseCore
public import GatehouseHTTP

extension Configuration {
    /// Which other origins' pages may call (Fetch standard, section 3.2).
    public struct CORS: Sendable {
        /// Origins as browsers send them; `["*"]` for all.
        public var origins: [String] = []
        /// Whether cookies and credentials may come along. Default false.
        public var credentials = false
        /// Methods that may be used. Default GET, HEAD and POST.
        public var methods: [Method] = [.get, .head, .post]
        /// Request fields that may be sent, in lower case. Default `content-type`, `authorization`.
        public var headers = ["content-type", "authorization"]
        /// Response fields that pages may read, in lower case.
        public var expose: [String] = []
        /// How long a browser may remember the answer. Default 10m.
        public var maxAge = Duration.seconds(600)
        /// Whether `http` origins are allowed: anyone on the way can then speak for them.
        public var dangerouslyAllowPlainOrigins = false

        /// The defaults, without origins.
        public init() {}
    }

    /// Changes to response headers.
    public struct Headers: Sendable {
        /// One field: a value, or nil to leave it out.
        public struct Override: Hashable, Sendable {
            /// In lower case.
            public var name: String
            /// Nil leaves the field out.
            public var value: String?

            /// An override.
            public init(name: String, value: String?) {
                self.name = name
                self.value = value
            }
        }

        /// For answers that are no pages.
        public var api: [Override] = []
        /// For pages.
        public var page: [Override] = []

        /// No changes.
        public init() {}
    }
}

extension Configuration.CORS {
    static let section = Section<Self>(
        "`cors`", Self(),
        [
            Field(
                "origins", \.origins, .unique(of: .origin, "origins", in: 1...1_000),
                "Origins as browsers send them. `[\"*\"]` allows every page, without credentials.",
                isRequired: true),
            Field(
                "credentials", \.credentials, .bool,
                "Whether cookies and other credentials may come along."),
            Field("methods", \.methods, .methods, "Methods that may be used."),
            Field(
                "headers", \.headers, .unique(of: .fieldName, "header names", in: 0...100),
                "Request fields that may be sent."),
            Field(
                "expose", \.expose, .unique(of: .fieldName, "header names", in: 0...100),
                "Response fields that pages may read."),
            Field(
                "max-age", \.maxAge, .duration(.seconds(0)...(.seconds(86_400))),
                "How long a browser may remember the answer."),
            Field(
                "dangerously-allow-plain-origins", \.dangerouslyAllowPlainOrigins, .bool,
                "Whether `http` origins are allowed: anyone on the way can then speak for them."),
        ]
    ) { cors, node, decoding in
        if cors.origins.contains("*"), cors.origins.count > 1 || cors.credentials {
            decoding.refuse(
                node, "`*` with \(cors.credentials ? "credentials" : "other origins")",
                found: cors.credentials ? "`credentials: true`" : "\(cors.origins.count) origins",
                expected: "a list of origins, or `*` alone without credentials")
        }
        let plain = cors.origins.first { $0.hasPrefix("http://") }
        if let plain, !cors.dangerouslyAllowPlainOrigins {
            decoding.refuse(
                node, "an origin without TLS", found: "`\(plain)`", expected: "`https` origins",
                suggestion: "in development `dangerously-allow-plain-origins: true` allows it")
        }
    }
}

extension Configuration.Headers {
    static let section = Section<Self>(
        "`headers`", Self(),
        [
            Field(
                "api", \.api, .overrides,
                "For answers that are no pages: header names and values; `null` leaves one out."),
            Field("page", \.page, .overrides, "The same for pages (`text/html`)."),
        ])
}

extension Kind where Value == String {
    /// A field name, in lower case.
    static var fieldName: Kind {
        .scalar("a header name", write: { $0 }) { text throws(Mismatch) in
            guard text.utf8.count <= 128, FieldName(text) != nil else { throw Mismatch() }
            return text.lowercased()
        }
    }

    /// A media type with parameters, as far as it cannot break a field.
    static var mediaType: Kind {
        .scalar("a media type such as `application/json`", write: { $0 }) { text throws(Mismatch) in
            let essence = text.prefix { $0 != ";" }.split(
                separator: "/", omittingEmptySubsequences: false)
            guard essence.count == 2, essence.allSatisfy({ FieldName(String($0)) != nil }),
                text.utf8.count <= 256, text.isFieldValue
            else { throw Mismatch() }
            return text
        }
    }
}

extension Kind where Value == [Configuration.Headers.Override] {
    /// Fields that frame or route a message: a fixed value would break it.
    private static var framing: [String] {
        [
            "connection", "content-length", "content-type", "date", "host", "keep-alive",
            "set-cookie",
            "te", "trailer", "transfer-encoding", "upgrade", "vary",
        ]
    }

    static var overrides: Kind {
        let name = "a mapping from header names to values or `null`"
        return Kind(name, write: { $0.isEmpty ? "{}" : "see below" }) { node, decoding in
            guard case .mapping(let entries) = node.content, entries.count <= 100 else {
                decoding.refuse(
                    node, "wrong kind of value", found: node.isNull ? "nothing" : node.quoted,
                    expected: name)
                return nil
            }
            return entries.compactMap { entry in
                decoding.descend("." + entry.key.printable(max: 60), entry.value.span) { decoding in
                    read(entry, &decoding)
                }
            }
        }
    }

    private static func read(
        _ entry: YAMLNode.Entry, _ decoding: inout Decoding
    ) -> Configuration.Headers.Override? {
        let name = entry.key.lowercased()
        let shown = "`\(entry.key.printable(max: 60))`"
        guard FieldName(name) != nil, name.utf8.count <= 128 else {
            decoding.refuse(
                entry.keySpan, "invalid header name", found: shown, expected: "a header name")
            return nil
        }
        guard !framing.contains(name), !name.hasPrefix("access-control-") else {
            decoding.refuse(
                entry.keySpan, "a header that the gateway sets itself", found: shown,
                expected: "another header",
                suggestion: name.hasPrefix("access-control-") ? "`cors` decides these" : nil)
            return nil
        }
        if entry.value.isNull, case .scalar(let text, _) = entry.value.content, !text.isEmpty {
            return .init(name: name, value: nil)
        }
        guard let value = entry.value.value("a header's value, or `null`", &decoding) else {
            return nil
        }
        guard !value.isEmpty, value.utf8.count <= 4_096, value.isFieldValue else {
            decoding.refuse(
                entry.value, "invalid header value",
                expected: "1 to 4096 printable ASCII characters")
            return nil
        }
        return .init(name: name, value: value)
    }
}

extension String {
    /// Printable ASCII with inner spaces: cannot end a field.
    fileprivate var isFieldValue: Bool {
        !hasPrefix(" ") && !hasSuffix(" ") && utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }
}
