import GatehouseCore

/// Who writes the value that a schema is for: the client or the server.
enum SchemaDirection {
    /// Neither: `readOnly` and `writeOnly` are remarks.
    case none
    /// A client's: what only the server sets is refused.
    case request
    /// The server's: what only clients set is refused.
    case response
}

/// Turns schemas into a program, each once, however often it is referred to.
///
/// Subschemas are not compiled while their parent is, but later from a list: nesting and circles
/// cost no stack.
struct SchemaCompiler {
    var sources: SchemaSources
    var parts = SchemaParts()
    var warnings: [SchemaWarning] = []
    let options: SchemaOptions
    var direction = SchemaDirection.none
    /// Whether the values are forms in parts, whose binary members are judged by their length.
    var readsParts = false
    /// Schemas of members that nobody can judge.
    var opaque: Set<SchemaPlace> = []

    private var blockByPlace: [SchemaPlace: Int32] = [:]
    /// Where each block was written.
    private var places: [SchemaPlace?] = Array(repeating: nil, count: Int(SchemaBlock.fixedCount))
    private var compiledCount = Int(SchemaBlock.fixedCount)
    /// Names of anchors that dynamic references ask for.
    var anchors: [String] = []

    private var patterns: [String: Int32] = [:]
    private var patternBytes = 0

    /// Memory of all compiled patterns.
    private static let patternBytesMax = 64 << 20
    /// Warnings that are kept at most.
    private static let warningsMax = 1_000

    init(sources: SchemaSources, options: SchemaOptions) {
        self.sources = sources
        self.options = options
    }

    /// The block of the schema at a place; it is compiled by `finish` at the latest.
    mutating func block(_ place: SchemaPlace) throws(SchemaError) -> Int32 {
        if opaque.contains(place) { return SchemaBlock.always }
        switch sources.node(place).kind {
        case .true: return SchemaBlock.always
        case .false: return SchemaBlock.never
        case .object: break
        default: throw sources.error(.wrongValue(expected: "a schema"), at: place)
        }
        if let known = blockByPlace[place] { return known }
        guard parts.blocks.count < options.subschemasMax else {
            throw sources.error(.tooLarge, at: place)
        }
        let number = Int32(parts.blocks.count)
        blockByPlace[place] = number
        parts.blocks.append(SchemaBlock())
        places.append(place)
        return number
    }

    /// Compiles all that was asked for and what that refers to.
    mutating func finish() throws(SchemaError) -> SchemaProgram {
        repeat {
            while compiledCount < parts.blocks.count {
                if let place = places[compiledCount] { try compile(place, compiledCount) }
                compiledCount += 1
            }
            try compileDynamicAnchors()
        } while compiledCount < parts.blocks.count
        try refuseCircles()
        do throws(JSONError) { return try SchemaProgram(parts) } catch {
            throw SchemaError(document: "", pointer: "", reason: .malformed(error))
        }
    }

    private mutating func compile(_ place: SchemaPlace, _ number: Int) throws(SchemaError) {
        let resource = try sources.resource(of: place)
        let dialect = sources.resources[resource].dialect
        parts.blocks[number].resource = Int32(resource)
        parts.blocks[number].start = Int32(parts.code.count)
        if dialect.refHidesSiblings, let reference = sources.member("$ref", of: place) {
            try emitReference(reference)
        } else {
            var scope = SchemaScope(place: place, dialect: dialect)
            if dialect.vocabularies.contains(.validation) {
                try emitTypes(&scope)
                try emitNumbers(scope)
                try emitStrings(scope)
                try emitCounts(scope)
            }
            try emitFormat(scope)
            try emitReferences(scope)
            if dialect.vocabularies.contains(.applicator) {
                try emitArrays(scope)
                try emitObjects(scope)
                try emitDependents(scope)
                try emitCombinations(scope)
            } else if dialect.vocabularies.contains(.validation) {
                try emitObjects(scope)
            }
            if dialect.vocabularies.contains(.unevaluated) { try emitUnevaluated(scope, number) }
            lint(scope)
        }
        parts.blocks[number].end = Int32(parts.code.count)
    }

    mutating func emit(
        _ code: SchemaInstruction.Code, _ kinds: SchemaKinds, _ a: Int32 = 0, _ b: Int32 = 0,
        _ c: Int32 = 0
    ) {
        parts.code.append(SchemaInstruction(code: code, kinds: kinds, a: a, b: b, c: c))
    }

    mutating func warn(_ kind: SchemaWarning.Kind, _ place: SchemaPlace) {
        guard warnings.count < Self.warningsMax else { return }
        warnings.append(sources.warning(kind, at: place))
    }

    /// In each resource that has an anchor which somebody refers to dynamically.
    private mutating func compileDynamicAnchors() throws(SchemaError) {
        parts.dynamicAnchors.removeAll()
        for (resource, content) in sources.resources.enumerated() {
            for (number, name) in anchors.enumerated() {
                guard let place = content.dynamicAnchors[name] else { continue }
                let block = try block(place)
                parts.dynamicAnchors.append(
                    SchemaDynamicAnchor(
                        resource: Int32(resource), anchor: Int32(number), block: block))
            }
        }
    }

    /// Looks for references that come back to where they began while the value stays the same:
    /// no validation could end there.
    private func refuseCircles() throws(SchemaError) {
        enum Mark { case new, open, done }
        var marks = [Mark](repeating: .new, count: parts.blocks.count)
        for start in parts.blocks.indices where marks[start] == .new {
            var stack: [(block: Int, targets: [Int32])] = [(start, targets(of: start))]
            marks[start] = .open
            while let (block, targets) = stack.last {
                guard let next = targets.last else {
                    marks[block] = .done
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].targets.removeLast()
                switch marks[Int(next)] {
                case .done: continue
                case .open:
                    guard let place = places[Int(next)] else { continue }
                    throw sources.error(.circular, at: place)
                case .new:
                    marks[Int(next)] = .open
                    stack.append((Int(next), self.targets(of: Int(next))))
                }
            }
        }
    }

    /// Blocks that a block applies to the same value.
    private func targets(of block: Int) -> [Int32] {
        let range = Int(parts.blocks[block].start)..<Int(parts.blocks[block].end)
        return parts.code[range].flatMap { instruction -> [Int32] in
            switch instruction.code {
            case .reference, .allOf, .not: [instruction.a]
            case .dependentSchema: [instruction.b]
            case .condition: [instruction.a, instruction.b, instruction.c]
            case .anyOf, .oneOf:
                Array(parts.lists[Int(instruction.a)..<Int(instruction.a + instruction.b)])
            default: []
            }
        }.filter { $0 >= SchemaBlock.fixedCount }
    }
}

/// A schema that is being compiled.
struct SchemaScope {
    let place: SchemaPlace
    let dialect: SchemaDialect
    /// Kinds that `type` leaves; any without it.
    var kinds = SchemaKinds.any
    /// Whether `enum` or `const` names all values.
    var isEnumerated = false
}

extension SchemaCompiler {
    func member(_ name: String, _ scope: SchemaScope) -> SchemaPlace? {
        guard scope.dialect.shape(of: name) != nil else { return nil }
        return sources.member(name, of: scope.place)
    }

    /// A keyword's value as a number of things.
    func count(_ name: String, _ scope: SchemaScope) throws(SchemaError) -> Int32? {
        guard let place = member(name, scope) else { return nil }
        let node = sources.node(place)
        let bytes = Array(node.text.utf8)
        guard node.kind == .number,
            let value = JSONDecimal(DecimalText(bytes.raw)).integer, value >= 0
        else { throw sources.error(.wrongValue(expected: "a whole number from 0 on"), at: place) }
        return Int32(clamping: value)
    }

    func list(_ place: SchemaPlace, of expected: String) throws(SchemaError) -> [SchemaPlace] {
        guard sources.node(place).kind == .array else {
            throw sources.error(.wrongValue(expected: "a list of \(expected)"), at: place)
        }
        return sources.children(of: place)
    }

    func map(_ place: SchemaPlace) throws(SchemaError) -> [SchemaPlace] {
        guard sources.node(place).kind == .object else {
            throw sources.error(.wrongValue(expected: "an object"), at: place)
        }
        return sources.children(of: place)
    }

    func text(_ place: SchemaPlace) throws(SchemaError) -> String {
        guard sources.node(place).kind == .string else {
            throw sources.error(.wrongValue(expected: "a string"), at: place)
        }
        return sources.node(place).text
    }

    func flag(_ name: String, _ scope: SchemaScope) throws(SchemaError) -> Bool {
        guard let place = member(name, scope) else { return false }
        switch sources.node(place).kind {
        case .true: return true
        case .false: return false
        default: throw sources.error(.wrongValue(expected: "true or false"), at: place)
        }
    }

    mutating func pattern(_ text: String, at place: SchemaPlace) throws(SchemaError) -> Int32 {
        if let known = patterns[text] {
            if parts.patterns[Int(known)].isSuperLinear { warn(.superLinearPattern, place) }
            return known
        }
        let pattern: Pattern
        do throws(PatternError) { pattern = try Pattern(text) } catch {
            throw sources.error(.badPattern(error), at: place)
        }
        if pattern.isSuperLinear { warn(.superLinearPattern, place) }
        patternBytes += pattern.byteCount
        guard patternBytes <= Self.patternBytesMax else {
            throw sources.error(.tooLarge, at: place)
        }
        let number = Int32(parts.patterns.count)
        parts.patterns.append(pattern)
        patterns[text] = number
        return number
    }
}
