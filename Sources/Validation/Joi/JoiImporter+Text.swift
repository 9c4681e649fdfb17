extension JoiImporter {
    mutating func textRule(
        _ name: String, _ arguments: SchemaObject, _ options: SchemaObject,
        _ definition: inout SchemaDefinition
    ) throws(JoiImportError) -> SchemaRule? {
        switch name {
        case "min", "max", "length":
            let bounds: [String: SchemaRule.SizeBound] = ["min": .min, "max": .max]
            let unit: LengthUnit = arguments["encoding"] == nil ? .utf16 : .bytes
            return .size(
                bounds[name] ?? .exact, try limit(arguments["limit"] ?? .undefined), unit)
        case "pattern":
            let isInverted = options["invert"] == .bool(true)
            return .pattern(
                try pattern(arguments["regex"] ?? .undefined), isInverted: isInverted,
                name: options["name"]?.text?.string)
        case "trim": return .trim(arguments["enabled"] != .bool(false))
        case "case":
            return .letterCase(arguments["direction"] == .text("upper") ? .upper : .lower)
        case "normalize":
            guard let form = UnicodeForm(rawValue: try string(arguments["form"])) else {
                throw refusal("has an unknown form")
            }
            return .normalize(form)
        default:
            definition.encodesURI = definition.encodesURI || options["encodeUri"] == .bool(true)
            return try format(name, options).map { .format($0) }
        }
    }

    private func format(
        _ name: String, _ options: SchemaObject
    ) throws(JoiImportError) -> TextFormat? {
        switch name {
        case "alphanum": return .alphanumeric
        case "token": return .token
        case "creditCard": return .creditCard
        case "hostname": return .hostname
        case "isoDate": return .isoDate(ISODateRule(dialect: .joi))
        case "isoDuration": return .isoDuration
        case "base64":
            return .base64(
                Base64Rule(
                    isURLSafe: options["urlSafe"] == .bool(true),
                    isPadded: options["paddingRequired"] != .bool(false)))
        case "dataUri": return .dataURI(isPadded: options["paddingRequired"] != .bool(false))
        case "domain": return .domain(try domain(options))
        case "email": return .email(try email(options))
        case "guid", "uuid": return .guid(try guid(options))
        case "hex":
            let prefix: HexRule.Prefix =
                switch options["prefix"] {
                case .bool(true)?: .required
                case .text?: .optional
                default: .none
                }
            return .hexadecimal(
                HexRule(
                    isByteAligned: options["byteAligned"] == .bool(true),
                    prefix: prefix))
        case "ip": return .ip(try ip(options))
        case "uri": return .uri(try uri(options))
        default: return nil
        }
    }

    private func names(_ value: SchemaValue?) throws(JoiImportError) -> Set<String>? {
        guard let value, case .array(let list) = value else { return nil }
        var names: Set<String> = []
        for name in list { names.insert(try string(name).lowercased()) }
        return names
    }

    private func domain(_ options: SchemaObject) throws(JoiImportError) -> DomainRule {
        var rule = DomainRule()
        if let least = options["minDomainSegments"]?.countLimit { rule.segmentsMin = least }
        rule.segmentsMax = options["maxDomainSegments"]?.countLimit
        rule.allowsUnicode = options["allowUnicode"] != .bool(false)
        rule.allowsUnderscore = options["allowUnderscore"] == .bool(true)
        rule.allowsFullyQualified = options["allowFullyQualified"] == .bool(true)
        if case .object(let names)? = options["tlds"] {
            rule.topLevelAllowed = try self.names(names["allow"])
            rule.topLevelRefused = try self.names(names["deny"]) ?? []
        }
        return rule
    }

    private func email(_ options: SchemaObject) throws(JoiImportError) -> EmailRule {
        var rule = EmailRule()
        rule.domain = try domain(options)
        rule.allowsUnicode = options["allowUnicode"] != .bool(false)
        rule.ignoresLength = options["ignoreLength"] == .bool(true)
        if options["multiple"] == .bool(true) {
            rule.listSeparator = options["separator"]?.text?.string.first ?? ","
        }
        return rule
    }

    private func guid(_ options: SchemaObject) throws(JoiImportError) -> GUIDRule {
        var versions: Set<UInt8> = []
        var given: [SchemaValue] = []
        switch options["version"] {
        case .array(let list)?: given = list
        case .some(let one): given = [one]
        case nil: break
        }
        for version in given {
            let text = try string(version).lowercased()
            guard text.hasPrefix("uuidv"), let number = UInt8(text.dropFirst(5)), number > 0,
                number < 9
            else { throw refusal("has an unknown version") }
            versions.insert(number)
        }
        let wrapper: GUIDRule.Wrapper =
            switch options["wrapper"] {
            case .bool(let isOn)?: isOn ? .required : .none
            case .text(let text)?: text.string.first.map { .bracket($0) } ?? .none
            default: .optional
            }
        let separator: GUIDRule.Separator =
            switch options["separator"] {
            case .bool(let isOn)?: isOn ? .required : .none
            case .text(let text)?: text.string.first.map { .character($0) } ?? .optional
            default: .optional
            }
        return GUIDRule(versions: versions, wrapper: wrapper, separator: separator)
    }

    private func ip(_ options: SchemaObject) throws(JoiImportError) -> IPRule {
        var rule = IPRule(isCompatible: true)
        rule.prefix = .optional
        switch options["cidr"]?.text?.string {
        case "required": rule.prefix = .required
        case "forbidden": rule.prefix = .forbidden
        case "optional", nil: break
        default: throw refusal("has an unknown cidr")
        }
        if let names = try names(options["version"]) {
            rule.namesVersions = true
            rule.versions = []
            for name in names {
                switch name {
                case "ipv4": rule.versions.insert(.ipv4)
                case "ipv6": rule.versions.insert(.ipv6)
                case "ipvfuture": rule.versions.insert(.future)
                default: throw refusal("has an unknown version")
                }
            }
        }
        return rule
    }

    private func uri(_ options: SchemaObject) throws(JoiImportError) -> URIRule {
        var rule = URIRule()
        rule.isCaseSensitive = true
        if options["allowRelative"] == .bool(true) { rule.form = .any }
        if options["relativeOnly"] == .bool(true) { rule.form = .relative }
        rule.allowsBracketsInQuery = options["allowQuerySquareBrackets"] == .bool(true)
        switch options["scheme"] {
        case .text?: try add(scheme: options["scheme"] ?? .undefined, to: &rule)
        case .array(let list)?:
            for scheme in list { try add(scheme: scheme, to: &rule) }
        case nil: break
        default: throw refusal("schemes must be texts")
        }
        if case .object(let options)? = options["domain"] { rule.domain = try domain(options) }
        return rule
    }

    /// A name, or a pattern between slashes.
    private func add(scheme: SchemaValue, to rule: inout URIRule) throws(JoiImportError) {
        let text = try string(scheme)
        if text.hasPrefix("/") {
            rule.schemePatterns.append(try pattern(scheme))
        } else {
            rule.schemes.append(text)
        }
    }
}
