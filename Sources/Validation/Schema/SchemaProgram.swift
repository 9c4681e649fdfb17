import GatehouseCore

/// One check of a schema.
struct SchemaInstruction: Sendable {
    enum Code: UInt8, Sendable {
        /// a: kinds. The value is one of them.
        case type
        /// a: first constant, b: count. The value equals one of them; one constant is `const`.
        case constants
        /// a: table, b: count. The value is one of its names.
        case names
        /// a: number.
        case minimum, maximum, exclusiveMinimum, exclusiveMaximum
        /// a: divisor.
        case multipleOf
        /// a: least, b: most. Code points of a string, elements, members.
        case length, items, members
        /// a: least, b: most. Bytes of what a string stands for.
        case byteLength
        /// a: pattern.
        case pattern
        /// a: format.
        case format
        case uniqueItems
        /// a: array plan.
        case array
        /// a: block, b: least, c: most.
        case contains
        /// a: object plan.
        case object
        /// a: trigger's name, b: list of names, c: count.
        case dependentRequired
        /// a: trigger's name, b: block.
        case dependentSchema
        /// a: block.
        case reference
        /// a: anchor, b: block where no scope has the anchor.
        case dynamicReference
        /// a: block.
        case allOf
        /// a: list of blocks, b: count.
        case anyOf, oneOf
        /// a: block.
        case not
        /// a: discriminator. The member that tells alternatives apart names one that fits.
        case discriminator
        /// a, b, c: blocks.
        case condition
        /// a: block.
        case unevaluatedItems, unevaluatedProperties
    }

    let code: Code
    /// Kinds of values that it says something about.
    let kinds: SchemaKinds
    var a: Int32 = 0
    var b: Int32 = 0
    var c: Int32 = 0
}

/// Kinds of JSON values.
struct SchemaKinds: OptionSet, Sendable {
    let rawValue: UInt8

    init(rawValue: UInt8) { self.rawValue = rawValue }

    @inline(__always)
    init(_ kind: JSONKind) { rawValue = 1 << kind.rawValue }

    static let object = SchemaKinds(.object)
    static let array = SchemaKinds(.array)
    static let string = SchemaKinds(.string)
    static let number = SchemaKinds(.number)
    static let boolean: SchemaKinds = [SchemaKinds(.true), SchemaKinds(.false)]
    static let null = SchemaKinds(.null)
    /// Numbers without fraction: a condition, not a kind of the tape.
    static let integer = SchemaKinds(rawValue: 1 << 7)
    static let any = SchemaKinds(rawValue: 0x7F)
    /// Numbers of any sort.
    static let numeric: SchemaKinds = [.number, .integer]
}

/// A schema: instructions in a row.
struct SchemaBlock: Sendable {
    var start: Int32 = 0
    var end: Int32 = 0
    var resource: Int32 = 0
    /// Whether it asks what others have evaluated.
    var asksUnevaluated = false

    /// Blocks that need no instructions.
    static let always: Int32 = 0
    static let never: Int32 = 1
    static let readOnly: Int32 = 2
    static let writeOnly: Int32 = 3
    static let fixedCount: Int32 = 4
    /// In plans: says nothing.
    static let none: Int32 = -1
}

/// What an object's members must be.
struct SchemaObjectPlan: Sendable {
    /// Table of names, or -1.
    var table: Int32 = -1
    /// Pairs of pattern and block in the list.
    var patterns: Int32 = 0
    var patternsCount: Int32 = 0
    /// Block for the other members, or -1.
    var additional = SchemaBlock.none
    /// Block for the names, or -1.
    var names = SchemaBlock.none
    /// Names in the list that must be there.
    var required: Int32 = 0
    var requiredCount: Int32 = 0

    /// Up to here a word of bits remembers which of them were there.
    static let requiredInWord = 64
}

/// What an array's elements must be.
struct SchemaArrayPlan: Sendable {
    /// Blocks in the list for the first elements.
    var prefix: Int32 = 0
    var prefixCount: Int32 = 0
    /// Block for the others, or -1.
    var rest = SchemaBlock.none
    /// Whether `rest` was called `additionalItems`.
    var isAdditional = false
}

/// A bound, with the machine integer that most are.
struct ProgramNumber: Sendable {
    let text: String
    let bytes: [UInt8]
    let integer: Int64?
}

/// A divisor, with the machine integer that most are.
struct SchemaDivisor: Sendable {
    let text: String
    let exact: DecimalDivisor
    let integer: Int64?
}

/// A member whose text says which alternative a value is meant to be.
struct SchemaDiscriminator: Sendable {
    struct Choice: Sendable {
        let text: [UInt8]
        /// The alternative's name in the document.
        let label: String
        let block: Int32
    }

    let member: [UInt8]
    let name: String
    let choices: [Choice]
    /// Whether there are alternatives without a name: then other texts may be theirs.
    let isOpen: Bool
}

/// A resource that gives an anchor another meaning.
struct SchemaDynamicAnchor: Sendable {
    let resource: Int32
    let anchor: Int32
    let block: Int32
}

/// Schemas in flat arrays: what a validation reads and never changes.
final class SchemaProgram: Sendable {
    let code: [SchemaInstruction]
    let blocks: [SchemaBlock]
    /// The same for those who ask no more than whether a value fits, and what is left for them of
    /// the code.
    let fused: [FusedBlock]
    let rest: [SchemaInstruction]
    let lists: [Int32]
    let numbers: [ProgramNumber]
    let divisors: [SchemaDivisor]
    let patterns: [Pattern]
    let formats: [Format]
    let names: PropertyTables
    let objects: [SchemaObjectPlan]
    let arrays: [SchemaArrayPlan]
    let discriminators: [SchemaDiscriminator]
    /// Constants: elements of one JSON array.
    let constantBytes: [UInt8]
    let constantNodes: [JSONNode]
    let constants: [Int32]
    let dynamicAnchors: [SchemaDynamicAnchor]

    init(_ parts: SchemaParts) throws(JSONError) {
        code = parts.code
        blocks = parts.blocks
        let fused = FusedBlocks(parts)
        (self.fused, rest) = (fused.blocks, fused.rest)
        lists = parts.lists
        numbers = parts.numbers
        divisors = parts.divisors
        patterns = parts.patterns
        formats = parts.formats
        names = parts.names
        objects = parts.objects
        arrays = parts.arrays
        discriminators = parts.discriminators
        dynamicAnchors = parts.dynamicAnchors
        (constantBytes, constantNodes, constants) = try parts.constantTape()
    }
}

/// A program in the making.
struct SchemaParts {
    var code: [SchemaInstruction] = []
    var blocks = [SchemaBlock](repeating: SchemaBlock(), count: Int(SchemaBlock.fixedCount))
    var lists: [Int32] = []
    var numbers: [ProgramNumber] = []
    var divisors: [SchemaDivisor] = []
    var patterns: [Pattern] = []
    var formats: [Format] = []
    var names = PropertyTables()
    var objects: [SchemaObjectPlan] = []
    var arrays: [SchemaArrayPlan] = []
    var discriminators: [SchemaDiscriminator] = []
    var dynamicAnchors: [SchemaDynamicAnchor] = []
    /// Constants as JSON texts.
    var constants: [[UInt8]] = []

    fileprivate func constantTape() throws(JSONError) -> ([UInt8], [JSONNode], [Int32]) {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, constant) in constants.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += constant
        }
        bytes.append(UInt8(ascii: "]"))
        var limits = JSONLimits()
        limits.bytesMax = .mebibytes(1 << 10)
        limits.depthMax = .max
        limits.membersMax = .max
        limits.elementsMax = .max
        limits.valuesMax = .max
        limits.stringBytesMax = .mebibytes(1 << 10)
        limits.numberBytesMax = .max
        var tape = JSONTape()
        var places: [Int32] = []
        do {
            var elements = try tape.parse(bytes.raw, limits: limits).elements
            while let element = elements.next() { places.append(Int32(element.index)) }
        }
        return (bytes, tape.nodes, places)
    }
}
