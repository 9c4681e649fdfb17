/// The rules that a schema is written by.
struct SchemaDialect: Equatable, Sendable {
    /// Drafts, oldest first.
    enum Draft: UInt8, Comparable {
        case openAPI30
        case draft7
        case draft2019
        case draft2020

        static func < (left: Draft, right: Draft) -> Bool { left.rawValue < right.rawValue }
    }

    /// What a metaschema's `$vocabulary` switches on.
    struct Vocabularies: OptionSet, Sendable {
        let rawValue: UInt8
        static let applicator = Vocabularies(rawValue: 1)
        static let unevaluated = Vocabularies(rawValue: 2)
        static let validation = Vocabularies(rawValue: 4)
        static let formatAssertion = Vocabularies(rawValue: 8)
        static let usual: Vocabularies = [.applicator, .unevaluated, .validation]
    }

    var draft: Draft
    var vocabularies = Vocabularies.usual

    /// Up to draft-07, and in OpenAPI 3.0, nothing beside `$ref` counts.
    var refHidesSiblings: Bool { draft <= .draft7 }

    /// The dialect that a `$schema` of the specifications names.
    init?(uri: String) {
        switch uri.hasSuffix("#") ? String(uri.dropLast()) : uri {
        case "http://json-schema.org/draft-07/schema", "https://json-schema.org/draft-07/schema":
            draft = .draft7
        case "https://json-schema.org/draft/2019-09/schema": draft = .draft2019
        case "https://json-schema.org/draft/2020-12/schema",
            "https://spec.openapis.org/oas/3.1/dialect/base":
            draft = .draft2020
        default: return nil
        }
    }

    init(_ draft: Draft) { self.draft = draft }

    /// The dialect that a metaschema of somebody's own describes.
    init(draft: Draft, vocabularies: [(uri: String, isRequired: Bool)]) throws(UnknownVocabulary) {
        self.draft = draft
        self.vocabularies = []
        for (uri, isRequired) in vocabularies {
            switch uri.split(separator: "/").last {
            case _ where !uri.hasPrefix("https://json-schema.org/draft/20"):
                if isRequired { throw UnknownVocabulary(uri: uri) }
            case "applicator":
                self.vocabularies.insert(.applicator)
                if draft == .draft2019 { self.vocabularies.insert(.unevaluated) }
            case "unevaluated": self.vocabularies.insert(.unevaluated)
            case "validation": self.vocabularies.insert(.validation)
            case "format-assertion": self.vocabularies.insert(.formatAssertion)
            case "core", "meta-data", "format-annotation", "format", "content": break
            default: if isRequired { throw UnknownVocabulary(uri: uri) }
            }
        }
    }

    struct UnknownVocabulary: Error { let uri: String }

    /// What a keyword holds.
    enum Shape: Sendable {
        case value
        case schema
        case schemaList
        case schemaMap
        /// A schema, or a list of them.
        case schemaOrList
        /// Members that are schemas or lists of names.
        case dependencies
    }

    /// What a keyword holds in this dialect; nil if the dialect doesn't know it.
    func shape(of keyword: String) -> Shape? {
        guard let known = Self.keywords[keyword], known.since <= draft,
            draft != .openAPI30 || Self.openAPIKeywords.contains(keyword)
        else { return nil }
        if keyword == "items" { return draft == .draft2020 ? .schema : .schemaOrList }
        return known.shape
    }

    private static let keywords: [String: (shape: Shape, since: Draft)] = {
        var table: [String: (shape: Shape, since: Draft)] = [:]
        func add(_ shape: Shape, _ since: Draft, _ names: String) {
            for name in names.split(separator: " ") { table[String(name)] = (shape, since) }
        }
        add(.schema, .openAPI30, "additionalProperties items not")
        add(.schema, .draft7, "additionalItems contains else if then propertyNames")
        add(.schema, .draft2019, "contentSchema unevaluatedItems unevaluatedProperties")
        add(.schemaList, .openAPI30, "allOf anyOf oneOf")
        add(.schemaList, .draft2020, "prefixItems")
        add(.schemaMap, .openAPI30, "properties")
        add(.schemaMap, .draft7, "definitions patternProperties")
        add(.schemaMap, .draft2019, "$defs dependentSchemas")
        add(.dependencies, .draft7, "dependencies")
        add(
            .value, .openAPI30,
            """
            $ref default deprecated description discriminator enum example exclusiveMaximum \
            exclusiveMinimum externalDocs format maxItems maxLength maxProperties maximum \
            minItems minLength minProperties minimum multipleOf nullable pattern readOnly \
            required title type uniqueItems writeOnly xml
            """)
        add(
            .value, .draft7,
            "$comment $id $schema const contentEncoding contentMediaType examples")
        add(
            .value, .draft2019,
            """
            $anchor $recursiveAnchor $recursiveRef $vocabulary dependentRequired maxContains \
            minContains
            """)
        add(.value, .draft2020, "$dynamicAnchor $dynamicRef")
        return table
    }()

    private static let openAPIKeywords: Set<String> = Set(
        keywords.filter { $0.value.since == .openAPI30 }.keys)
}
