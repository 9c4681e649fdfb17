/// Finds patterns whose matching can take more than linear time in a backtracking engine.
///
/// It looks at which characters can begin, end and continue each part, with every character beyond
/// ASCII taken for one: it may warn of a pattern that is harmless, never more than that.
struct PatternLint {
    private let ignoresCase: Bool
    private var isSuperLinear = false
    /// How many repeats are around what is looked at: there, each ambiguity doubles the work.
    private var repeatDepth = 0
    /// Characters of all wide repeats.
    private var loops = PatternSet()

    private init(ignoresCase: Bool) { self.ignoresCase = ignoresCase }

    static func isSuperLinear(
        _ node: PatternNode, isAnchored: Bool, ignoresCase: Bool
    ) -> Bool {
        var lint = PatternLint(ignoresCase: ignoresCase)
        let shape = lint.shape(of: node)
        // Each place of the subject is tried as a start, and each start may run to the end.
        return lint.isSuperLinear
            || !isAnchored && (shape.isNullable || lint.loops.overlaps(shape.first))
                && !lint.loops.isEmpty
    }

    /// What a part shows to its neighbours.
    private struct Shape {
        var isNullable = true
        var first = PatternSet()
        /// Characters of wide repeats that can stand at the beginning.
        var headLoops = PatternSet()
        /// Characters of wide repeats that can have taken what stands at the end.
        var tailLoops = PatternSet()
        /// The same for all repeats and options: where it goes on is a choice.
        var tailChoices = PatternSet()
        /// Characters of repeats at the beginning, and in how many ways those that meet at the end
        /// can share a text.
        var headChoices = PatternSet()
        var ways = 1
    }

    static func startsAnchored(_ node: PatternNode) -> Bool {
        switch node {
        case .assertion(.start): true
        case .group(let inner, _): startsAnchored(inner)
        case .sequence(let nodes): nodes.first.map(startsAnchored) ?? false
        case .alternatives(let nodes): nodes.allSatisfy(startsAnchored)
        default: false
        }
    }

    private mutating func shape(of node: PatternNode) -> Shape {
        switch node {
        case .empty, .assertion: return Shape()
        case .literal(let scalar): return one(PatternSet(scalar, scalar))
        case .any: return one(.all)
        case .set(let set): return one(PatternSet(set))
        case .group(let inner, _): return shape(of: inner)
        case .look(let inner, _, _):
            _ = shape(of: inner)
            return Shape()
        case .reference: return Shape(isNullable: true, first: .all)
        case .sequence(let nodes): return sequence(nodes)
        case .alternatives(let nodes): return alternatives(nodes)
        case .repeated(let inner, let min, let max, _): return repeated(inner, min, max)
        }
    }

    private func one(_ set: PatternSet) -> Shape {
        Shape(isNullable: false, first: ignoresCase ? set.foldedCase : set)
    }

    private mutating func sequence(_ nodes: [PatternNode]) -> Shape {
        var result = Shape()
        for node in nodes {
            let next = shape(of: node)
            if result.tailLoops.overlaps(next.headLoops) { isSuperLinear = true }
            if repeatDepth > 0, result.tailChoices.overlaps(next.first) { isSuperLinear = true }
            let isShared = result.tailChoices.overlaps(next.headChoices)
            let ways = isShared ? result.ways * next.ways : next.ways
            if ways > Self.waysMax { isSuperLinear = true }
            result.ways = min(next.isNullable ? max(ways, result.ways) : ways, Self.waysMax)
            // What a repeat before could have taken as well does not separate it from what comes.
            if !next.isNullable {
                if !next.first.overlaps(result.tailLoops) { result.tailLoops = PatternSet() }
                result.tailChoices = PatternSet()
            }
            result.tailLoops.formUnion(next.tailLoops)
            result.tailChoices.formUnion(next.tailChoices)
            if result.isNullable {
                result.first.formUnion(next.first)
                result.headLoops.formUnion(next.headLoops)
                result.headChoices.formUnion(next.headChoices)
            }
            result.isNullable = result.isNullable && next.isNullable
        }
        return result
    }

    private mutating func alternatives(_ nodes: [PatternNode]) -> Shape {
        var result = Shape(isNullable: false)
        for node in nodes {
            let next = shape(of: node)
            if repeatDepth > 0, result.first.overlaps(next.first) { isSuperLinear = true }
            result.isNullable = result.isNullable || next.isNullable
            result.first.formUnion(next.first)
            result.headLoops.formUnion(next.headLoops)
            result.tailLoops.formUnion(next.tailLoops)
            result.tailChoices.formUnion(next.tailChoices)
            result.headChoices.formUnion(next.headChoices)
            result.ways = max(result.ways, next.ways)
        }
        return result
    }

    /// Ways to share a text between bounded repeats up to which the work counts as linear.
    private static let waysMax = 1_000
    /// Counts of a repeat up to here are taken for a fixed piece of text.
    private static let fewMax = 8
    /// And up to here for one that costs only when it is nested.
    private static let manyMax = 256

    private mutating func repeated(_ inner: PatternNode, _ min: Int, _ max: Int?) -> Shape {
        let isRepeat = max ?? .max > Self.fewMax
        if isRepeat { repeatDepth += 1 }
        var result = shape(of: inner)
        if isRepeat {
            repeatDepth -= 1
            // One turn's end and the next turn's beginning can share characters.
            if result.tailChoices.overlaps(result.first)
                || result.isNullable && !result.first.isEmpty
            {
                isSuperLinear = true
            }
            if max ?? .max > Self.manyMax {
                result.headLoops.formUnion(result.first)
                result.tailLoops.formUnion(result.first)
                loops.formUnion(result.first)
            }
        }
        // Each turn of an ambiguous body has its own choice.
        if result.ways > 1, result.tailChoices.overlaps(result.first) {
            let body = result.ways
            for _ in 1..<Swift.max(2, Swift.min(max ?? .max, Self.fewMax)) {
                result.ways = Swift.min(result.ways * body, Self.waysMax + 1)
            }
            if result.ways > Self.waysMax { isSuperLinear = true }
        }
        if min != max {
            result.tailChoices.formUnion(result.first)
            result.headChoices.formUnion(result.first)
            let turns = Swift.min((max ?? Self.waysMax) - min + 1, Self.waysMax)
            result.ways = Swift.min(result.ways * turns, Self.waysMax)
        }
        result.isNullable = result.isNullable || min == 0
        return result
    }
}
