public import GatehouseCore

extension Configuration {
    /// How strictly queries and bodies are read.
    public struct Input: Sendable {
        /// What happens to input that is an attack on whoever reads it leniently.
        public enum Injection: String, CaseIterable, Sendable {
            /// It is refused.
            case refuse
            /// It passes, and the security log says so: for trying out.
            case report
            /// Nobody looks.
            case off
        }

        /// JSON and forms.
        public static let defaultContentTypes = [
            "application/json", "application/*+json", "application/x-www-form-urlencoded",
            "multipart/form-data",
        ]

        /// Names that are operators, document paths or prototypes; parameters that repeat.
        public var injection = Injection.refuse
        /// Media types of bodies that are taken.
        public var contentTypes = Self.defaultContentTypes
        /// Objects and lists inside each other. Default 32.
        public var jsonDepthMax = 32
        /// Members of an object. Default 1,000.
        public var jsonMembersMax = 1_000
        /// Elements of a list. Default 10,000.
        public var jsonElementsMax = 10_000
        /// Bytes of one string. Default 64 KiB.
        public var jsonStringMax = ByteCount.kibibytes(64)
        /// Parameters of a query or form. Default 256.
        public var parametersMax = 256
        /// Files of one form. Default 8.
        public var filesMax = 8
        /// Bytes of one file. Default 16 MiB.
        public var fileMax = ByteCount.mebibytes(16)
        /// Media types of files; empty for all.
        public var fileTypes: [String] = []

        /// The defaults.
        public init() {}
    }
}

extension Configuration.Input {
    static let mediaRange = Kind<String>.scalar(
        "a media type such as `application/json`, `image/*` or `*/*`", write: { $0 }
    ) { text throws(Mismatch) in
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        let isPlain =
            parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy {
                        (0x61...0x7A).contains($0) || $0.isDigit || "*+-._".utf8.contains($0)
                    }
            }
        guard isPlain else { throw Mismatch() }
        return text.lowercased()
    }

    static let section = Section<Self>(
        "`input`", Self(),
        [
            Field(
                "injection", \.injection, .choice,
                "What happens to names in queries, forms and JSON that are operators of MongoDB "
                    + "(`$gt`), paths into documents (`a.b`) or prototypes (`__proto__`), and to "
                    + "parameters that repeat. Routes list exceptions."),
            Field(
                "content-types", \.contentTypes,
                .unique(of: Self.mediaRange, "media types", in: 1...64),
                "Media types of bodies that are taken; JSON and forms are read strictly, others "
                    + "pass unread. A body without a type is refused."),
            Field(
                "json-depth-max", \.jsonDepthMax, .integer(1...256),
                "Objects and lists inside each other."),
            Field(
                "json-members-max", \.jsonMembersMax, .integer(1...1_000_000),
                "Members of one object."),
            Field(
                "json-elements-max", \.jsonElementsMax, .integer(1...10_000_000),
                "Elements of one list."),
            Field(
                "json-string-max", \.jsonStringMax, .size(.bytes(16)...(.mebibytes(256))),
                "Bytes of one string or member name."),
            Field(
                "parameters-max", \.parametersMax, .integer(1...10_000),
                "Parameters of a query or a form."),
            Field("files-max", \.filesMax, .integer(0...1_000), "Files of one form."),
            Field(
                "file-max", \.fileMax, .size(.bytes(1)...(.mebibytes(1 << 20))),
                "Bytes of one file."),
            Field(
                "file-types", \.fileTypes, .unique(of: Self.mediaRange, "media types", in: 0...64),
                "Media types that files may have. What a file's first bytes show must fit what it "
                    + "claims either way.", shownDefault: "all"),
        ])
}
