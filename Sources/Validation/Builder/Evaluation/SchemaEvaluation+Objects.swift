import GatehouseCore

extension SchemaEvaluation {
    /// Renames, members, unknown members, dependencies: in this order, as Joi has it.
    func checkObject(
        _ value: inout SchemaValue, _ node: SchemaNode, _ settings: SchemaSettings
    ) -> [SchemaReport] {
        guard case .object(let object) = value else {
            return [report("object.base", node, expected: "object")]
        }
        let definition = node.definition
        guard definition.hasMemberRules else { return [] }
        let frame = Frame(value)
        var reports: [SchemaReport] = []
        defer { value = frame.value }
        if !definition.renames.isEmpty {
            reports += rename(frame, node, settings)
            if isEnough(reports, settings) { return reports }
        }
        let names: [SchemaText]
        if case .object(let renamed) = frame.value {
            names = renamed.names
        } else {
            names = object.names
        }
        checkKeys(frame, node, settings, &reports)
        if isEnough(reports, settings) { return reports }
        if definition.keys != nil || !definition.keyPatterns.isEmpty {
            let known = Set((definition.keys ?? []).map(\.name))
            let unknown = names.filter { !known.contains($0) }
            checkUnknown(unknown, frame, node, settings, &reports)
            if isEnough(reports, settings) { return reports }
        }
        for dependency in definition.dependencies {
            guard let code = failure(of: dependency, frame.value) else { continue }
            reports.append(report(code, node, expected: dependency.shown))
            if isEnough(reports, settings) { return reports }
        }
        return reports
    }

    private func checkKeys(
        _ frame: Frame, _ node: SchemaNode, _ settings: SchemaSettings,
        _ reports: inout [SchemaReport]
    ) {
        for key in node.definition.keys ?? [] {
            guard case .object(let object) = frame.value else { return }
            let item = object[key.name] ?? .undefined
            let outcome = inside(.member(key.name), frame, key.schema, key: key.name) {
                evaluate(item, key.schema, settings)
            }
            if outcome.fails {
                reports += outcome.reports
                if isEnough(reports, settings) { return }
            } else {
                settle(outcome.value, of: key.name, was: item, frame, key.schema)
            }
        }
    }

    /// Puts a checked member back, or takes it out.
    private func settle(
        _ result: SchemaValue, of name: SchemaText, was item: SchemaValue, _ frame: Frame,
        _ schema: SchemaNode
    ) {
        if schema.definition.flags.result == .strip || result.isUndefined {
            if !item.isUndefined { frame.set(name, nil) }
        } else if result != item {
            frame.set(name, result)
        }
    }

    private func checkUnknown(
        _ names: [SchemaText], _ frame: Frame, _ node: SchemaNode, _ settings: SchemaSettings,
        _ reports: inout [SchemaReport]
    ) {
        let definition = node.definition
        let flags = definition.flags
        var matched = definition.keyPatterns.map { _ in [SchemaValue]() }
        for name in names {
            var isKnown = false
            for (place, pattern) in definition.keyPatterns.enumerated()
            where matches(name, pattern, settings) {
                isKnown = true
                matched[place].append(.text(name))
                guard case .object(let object) = frame.value else { return }
                let item = object[name] ?? .undefined
                let outcome = inside(.member(name), frame, pattern.rule) {
                    evaluate(item, pattern.rule, settings)
                }
                if outcome.fails {
                    reports += outcome.reports
                    if isEnough(reports, settings) { return }
                } else {
                    settle(outcome.value, of: name, was: item, frame, pattern.rule)
                }
                if !pattern.continues { break }
            }
            if isKnown { continue }
            if settings.stripsUnknownMembers, flags.unknown == nil {
                frame.set(name, nil)
            } else if !(flags.unknown ?? settings.allowsUnknown) {
                path.append(.member(name))
                reports.append(
                    SchemaReport(
                        code: "object.unknown", path: path, label: nil, expected: nil,
                        message: definition.messages["object.unknown"]
                            ?? definition.messages["*"]))
                path.removeLast()
                if isEnough(reports, settings) { return }
            }
        }
        for (pattern, names) in zip(definition.keyPatterns, matched) {
            guard let schema = pattern.names else { continue }
            let outcome = beside(schema) { evaluate(.array(names), schema, settings) }
            if !outcome.fails { continue }
            reports.append(report("object.pattern.match", node))
            if isEnough(reports, settings) { return }
        }
    }

    private func matches(
        _ name: SchemaText, _ pattern: SchemaDefinition.KeyPattern, _ settings: SchemaSettings
    ) -> Bool {
        switch pattern.test {
        case .pattern(let test): test.matches(name.utf8.raw)
        case .schema(let test): beside(test) { fits(.text(name), test, settings) }
        }
    }

    /// Gives members other names; two into one and over an existing one only if allowed.
    private func rename(
        _ frame: Frame, _ node: SchemaNode, _ settings: SchemaSettings
    ) -> [SchemaReport] {
        var reports: [SchemaReport] = []
        var renamed: Set<SchemaText> = []
        for rename in node.definition.renames {
            guard case .object(let object) = frame.value else { return reports }
            for (from, groups) in rename.sources(in: object) {
                guard case .object(let current) = frame.value else { return reports }
                let to = rename.to.render(groups: groups) { resolve($0, frame.value) }
                if to == from { continue }
                var code: String?
                if !rename.isMultiple, renamed.contains(to) { code = "object.rename.multiple" }
                if code == nil, !rename.overrides, !renamed.contains(to), current[to] != nil {
                    code = "object.rename.override"
                }
                if let code {
                    reports.append(report(code, node, expected: to.string))
                    if isEnough(reports, settings) { return reports }
                }
                if let member = current[from] { frame.set(to, member) }
                renamed.insert(to)
                if !rename.isAlias { frame.set(from, nil) }
            }
        }
        return reports
    }

    /// The code of what is wrong between members, nil if nothing is.
    private func failure(of dependency: SchemaDefinition.Dependency, _ value: SchemaValue)
        -> String?
    {
        func isThere(_ reference: SchemaReference) -> Bool {
            !resolve(reference, value, seesRemoved: false).isUndefined
        }
        if let key = dependency.key, !isThere(key) { return nil }
        let peers = dependency.peers
        let present = peers.count(where: isThere)
        switch dependency.relation {
        case .and: return present == 0 || present == peers.count ? nil : "object.and"
        case .nand: return present == peers.count ? "object.nand" : nil
        case .or: return present == 0 ? "object.missing" : nil
        case .xor: return present == 1 ? nil : present == 0 ? "object.missing" : "object.xor"
        case .oxor: return present > 1 ? "object.oxor" : nil
        case .with: return present == peers.count ? nil : "object.with"
        case .without: return present == 0 ? nil : "object.without"
        }
    }
}

extension SchemaDefinition {
    /// Whether anything is said of members.
    var hasMemberRules: Bool {
        keys != nil || !keyPatterns.isEmpty || !renames.isEmpty || !dependencies.isEmpty
    }
}

extension SchemaDefinition.Dependency {
    /// The members that are meant, for an error.
    var shown: String {
        peers.map { $0.path.map(\.string).joined(separator: ".") }.joined(separator: ", ")
    }
}

extension SchemaDefinition.Rename {
    /// Names of the object that are to be changed, with the groups that a pattern found in them.
    func sources(in object: SchemaObject) -> [(SchemaText, [SchemaText])] {
        switch from {
        case .name(let name): return object[name] == nil ? [] : [(name, [])]
        case .pattern(let pattern):
            return object.names.compactMap { name in
                pattern.groups(in: name).map { (name, $0) }
            }
        }
    }
}
