import GatehouseCore

/// `discriminator` of OpenAPI: a hint that is held to what it says.
extension SchemaCompiler {
    /// Looks through `oneOf` or `anyOf` for what the discriminator beside it names. Alone,
    /// as on the base of a hierarchy, it is a remark.
    mutating func emitDiscriminator(
        _ scope: SchemaScope, _ alternatives: [SchemaPlace]
    ) throws(SchemaError) {
        guard direction != .none, let place = member("discriminator", scope) else { return }
        guard let name = sources.member("propertyName", of: place),
            sources.node(name).kind == .string
        else {
            throw sources.error(.wrongValue(expected: "an object with propertyName"), at: place)
        }
        var blocks: [SchemaPlace: String] = [:]
        var choices: [String: SchemaDiscriminator.Choice] = [:]
        var isOpen = false
        for alternative in alternatives {
            guard let reference = sources.member("$ref", of: alternative) else {
                isOpen = true
                continue
            }
            let target = try sources.resolve(try text(reference), at: reference).place
            let label = Self.label(try text(reference))
            blocks[target] = label
            choices[label] = choice(label, label, try block(target))
        }
        if let mapping = sources.member("mapping", of: place) {
            for entry in try map(mapping) {
                let target = try self.target(of: entry)
                guard let label = blocks[target] else {
                    throw sources.error(
                        .wrongValue(expected: "one of the alternatives beside the discriminator"),
                        at: entry)
                }
                let value = sources.node(entry).name
                choices[value] = choice(value, label, try block(target))
            }
        }
        parts.discriminators.append(
            SchemaDiscriminator(
                member: Array(sources.node(name).text.utf8), name: sources.node(name).text,
                choices: choices.values.sorted {
                    String(decoding: $0.text, as: UTF8.self)
                        < String(decoding: $1.text, as: UTF8.self)
                }, isOpen: isOpen))
        emit(.discriminator, .object, Int32(parts.discriminators.count - 1))
    }

    private func choice(_ text: String, _ label: String, _ block: Int32)
        -> SchemaDiscriminator.Choice
    { SchemaDiscriminator.Choice(text: Array(text.utf8), label: label, block: block) }

    /// The last step of a reference, which is a component's or a file's name.
    private static func label(_ reference: String) -> String {
        let step = reference.split(whereSeparator: { $0 == "/" || $0 == "#" }).last ?? ""
        let isFile = !reference.contains("#")
        let name = isFile ? step.split(separator: ".").first ?? "" : step
        return URIReference("#" + String(name)).decodedFragment ?? String(name)
    }

    /// What an entry of a mapping names: a component of the same document, or by reference.
    private mutating func target(of entry: SchemaPlace) throws(SchemaError) -> SchemaPlace {
        let value = try text(entry)
        let isName = value.utf8.allSatisfy { $0.isLetter || $0.isDigit || "._-".utf8.contains($0) }
        if isName, let known = sources.locate("#/components/schemas/" + value, from: entry) {
            return known
        }
        guard let target = sources.locate(value, from: entry) else {
            throw sources.error(.unresolved(value), at: entry)
        }
        return target
    }
}

extension SchemaRun {
    /// Whether the alternative that a value names is there, and the value fits it.
    func fitsNamed(
        _ instruction: SchemaInstruction, _ index: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let plan = program.discriminators[Int(instruction.a)]
        var name = index &+ 1
        for _ in 0..<Int(nodes[index].children) {
            if isText(name, plan.member) {
                return fitsNamed(plan, index, name, &scratch)
            }
            name = Int(nodes[name &+ 1].next)
        }
        if plan.isOpen { return true }
        guard scratch.isCollecting, scratch.issues.count < scratch.issuesMax else { return false }
        scratch.issues.append(
            ValidationIssue(
                pointer: pointer(scratch.path) + "/" + plan.name.pointerEscaped,
                keyword: "discriminator", message: "is required, to tell alternatives apart"))
        return false
    }

    private func fitsNamed(
        _ plan: SchemaDiscriminator, _ index: Int, _ name: Int, _ scratch: inout SchemaScratch
    ) -> Bool {
        let value = name &+ 1
        let choice = plan.choices.first { isText(value, $0.text) }
        guard let choice else {
            if plan.isOpen { return true }
            scratch.path.append(.member(name))
            defer { scratch.path.removeLast() }
            return fail(
                &scratch, "discriminator", "must name one of the alternatives",
                expected: plan.choices.map { String(decoding: $0.text, as: UTF8.self) }
                    .joined(separator: ", "))
        }
        let known = scratch.declared.count
        if fits(choice.block, index, -1, &scratch) { return true }
        scratch.undeclare(to: known)
        return fail(
            &scratch, "discriminator", "must fit \(choice.label), which its \(plan.name) names",
            expected: choice.label)
    }

    /// Whether a string or a member's name is this text.
    private func isText(_ index: Int, _ text: [UInt8]) -> Bool {
        guard nodes[index].kind == .string else { return false }
        guard nodes[index].isSpecial else { return value(index).text.equals(text.raw) }
        return value(index).string == String(decoding: text, as: UTF8.self)
    }
}
