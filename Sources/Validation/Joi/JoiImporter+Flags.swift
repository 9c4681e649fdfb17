extension JoiImporter {
    mutating func flags(
        _ value: SchemaValue, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) {
        let object = try object(value)
        for (name, flag) in zip(object.names, object.values) {
            try at(name.string) { (reader) throws(JoiImportError) in
                try reader.flag(name.string, flag, &definition)
            }
        }
    }

    private mutating func flag(
        _ name: String, _ value: SchemaValue, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) {
        let isOn = value == .bool(true)
        switch name {
        case "presence": definition.flags.presence = try choice(value)
        case "only": definition.flags.only = isOn
        case "insensitive": definition.flags.insensitive = isOn
        case "sensitive": definition.flags.sensitive = isOn
        case "unknown": definition.flags.unknown = isOn
        case "result": definition.flags.result = try choice(value)
        case "cast": definition.flags.cast = try choice(value)
        case "match": definition.flags.match = try choice(value)
        case "sparse": definition.flags.isSparse = isOn
        case "single": definition.flags.isSingle = isOn
        case "truncate": definition.flags.truncates = isOn
        case "unsafe": definition.flags.isUnsafe = isOn
        case "label": definition.flags.label = try string(value)
        case "id": definition.flags.id = SchemaText(try string(value))
        case "encoding": definition.flags.encoding = try string(value)
        case "maxRecursion":
            guard let count = value.countLimit else { throw refusal("must be a whole number") }
            definition.flags.linkDepthMax = count
        case "format":
            let format = value.text.flatMap { SchemaFlags.DateFormat(rawValue: $0.string) }
            definition.flags.dateFormat = format ?? .unknown
        case "default": definition.flags.fallback = try fallback(value)
        case "empty": definition.flags.empty = try node(value)
        case "description", "unit", "artifact": break
        case "failover": definition.flags.failover = try fallback(value)
        default: throw refusal("is not known")
        }
    }

    private func choice<T: RawRepresentable>(_ value: SchemaValue) throws(JoiImportError) -> T
    where T.RawValue == String {
        guard let choice = T(rawValue: try string(value)) else { throw refusal("is not known") }
        return choice
    }

    private mutating func fallback(_ value: SchemaValue) throws(JoiImportError) -> SchemaDefault {
        guard case .object(let object) = value else { return .value(value) }
        if object["special"] == .text("deep") { return .deep }
        if object["ref"] != nil { return .reference(try reference(value)) }
        if object["template"] != nil { return .expression(try expression(value)) }
        if let literal = object["value"] { return .value(literal) }
        return .value(value)
    }

    mutating func preferences(
        _ value: SchemaValue, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) {
        let object = try object(value)
        var preferences = SchemaPreferences()
        for (name, preference) in zip(object.names, object.values) {
            let isOn = preference == .bool(true)
            switch name.string {
            case "convert": preferences.converts = isOn
            case "abortEarly": preferences.abortsEarly = isOn
            case "allowUnknown": preferences.allowsUnknown = isOn
            case "noDefaults": preferences.skipsDefaults = isOn
            case "presence": preferences.presence = try choice(preference)
            case "stripUnknown":
                if case .object(let kinds) = preference {
                    preferences.stripsUnknownMembers = kinds["objects"] == .bool(true)
                    preferences.stripsUnknownElements = kinds["arrays"] == .bool(true)
                } else {
                    preferences.stripsUnknownMembers = isOn
                    preferences.stripsUnknownElements = false
                }
            // How errors and dates are shown is the catalogue's business; JSON has no functions.
            case "errors", "messages", "dateFormat", "skipFunctions", "warnings", "cache", "debug",
                "nonEnumerables", "externals":
                break
            default: throw refusal("preference \(name.string) is not known")
            }
        }
        definition.preferences = preferences
    }

    mutating func keys(
        _ value: SchemaValue, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) {
        let object = try object(value)
        var keys: [SchemaDefinition.Key] = []
        for (name, schema) in zip(object.names, object.values) {
            let node = try at(name.string) {
                (reader) throws(JoiImportError) in try reader.node(schema)
            }
            keys.append(SchemaDefinition.Key(name: name, schema: node))
        }
        definition.keys = keys
    }

    mutating func patterns(
        _ value: SchemaValue, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) {
        for item in try list(value) {
            let object = try object(item)
            let test: SchemaDefinition.KeyPattern.Test
            if let regex = object["regex"] {
                test = .pattern(try pattern(regex))
            } else {
                test = .schema(try node(object["schema"] ?? .undefined))
            }
            var pattern = SchemaDefinition.KeyPattern(
                test: test, rule: try node(object["rule"] ?? .undefined),
                continues: object["fallthrough"] == .bool(true))
            if let names = object["matches"] { pattern.names = try node(names) }
            definition.keyPatterns.append(pattern)
        }
    }

    mutating func renames(
        _ value: SchemaValue, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) {
        for item in try list(value) {
            let object = try object(item)
            let source: SchemaDefinition.Rename.Source
            if case .object(let from)? = object["from"], let regex = from["regex"] {
                source = .pattern(try pattern(regex))
            } else {
                source = .name(SchemaText(try string(object["from"])))
            }
            let target: SchemaTemplate
            if case .object(let to)? = object["to"] {
                guard let template = SchemaTemplate(try string(to["template"])) else {
                    throw refusal("the template is not understood")
                }
                target = template
            } else {
                target = SchemaTemplate(text: SchemaText(try string(object["to"])))
            }
            var rename = SchemaDefinition.Rename(from: source, to: target)
            if case .object(let options)? = object["options"] {
                rename.isAlias = options["alias"] == .bool(true)
                rename.isMultiple = options["multiple"] == .bool(true)
                rename.overrides = options["override"] == .bool(true)
                rename.ignoresUndefined = options["ignoreUndefined"] == .bool(true)
            }
            definition.renames.append(rename)
        }
    }

    mutating func dependencies(
        _ value: SchemaValue, _ definition: inout SchemaDefinition
    ) throws(JoiImportError) {
        for item in try list(value) {
            let object = try object(item)
            var separator: Character? = "."
            if case .object(let options)? = object["options"] {
                switch options["separator"] {
                case nil: break
                case .bool(false)?: separator = nil
                case .text(let text)? where text.string.count == 1: separator = text.string.first
                default: throw refusal("has an unusable separator")
                }
            }
            func peer(_ name: SchemaValue) throws(JoiImportError) -> SchemaReference {
                let text = try string(name)
                let steps =
                    separator.map { text.split(separator: $0, omittingEmptySubsequences: false) }
                    ?? [Substring(text)]
                return SchemaReference(
                    origin: .ancestor(0), path: steps.map { SchemaText(String($0)) })
            }
            var peers: [SchemaReference] = []
            for name in try list(object["peers"] ?? .undefined) { peers.append(try peer(name)) }
            var key: SchemaReference?
            if let name = object["key"] { key = try peer(name) }
            definition.dependencies.append(
                SchemaDefinition.Dependency(
                    relation: try choice(object["rel"] ?? .undefined), key: key, peers: peers))
        }
    }
}
