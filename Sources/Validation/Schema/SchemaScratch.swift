/// Memory that validations write to: kept and given to one after the other, it makes them free of
/// allocation as long as nothing is wrong.
public struct SchemaScratch: ~Copyable {
    /// A step on the way from the document to a value.
    enum Step {
        /// The node of a member's name.
        case member(Int)
        case element(Int)
    }

    /// Why nobody knows whether the value fits.
    enum Refusal {
        case depth, steps, pattern
    }

    /// Which members or elements were evaluated, a bit each, in frames above each other.
    var marks: [UInt64] = []
    /// Text whose escapes are resolved.
    var text: [UInt8] = []
    var equality = JSONEqualityScratch()
    /// Places and hashes of elements that were seen.
    var seen: [Int32] = []
    var hashes: [UInt64] = []
    /// Resources that were entered, outermost first.
    var scopes: [Int32] = []
    let pattern = PatternScratch()
    /// Strings that stand for bytes that are kept elsewhere: where each begins, and how many bytes.
    var sizes: [(start: Int, count: Int)] = []

    /// Names of members that a schema speaks of and, negated, objects whose members one names: kept
    /// while somebody wants to know what is undeclared.
    var declared: [Int32] = []
    var isDeclaring = false

    var path: [Step] = []
    var issues: [ValidationIssue] = []
    var isCollecting = false
    var issuesMax = 0
    /// Whether all goes by the instructions, nothing by fused blocks: for tests, that compare both.
    var isLiteral = false

    var depthLeft = 0
    var stepsLeft = 0
    var refusal: Refusal?

    /// Empty; grows to what the largest value needs.
    public init() {}

    mutating func begin(_ options: SchemaLimits, isCollecting: Bool) {
        marks.removeAll(keepingCapacity: true)
        scopes.removeAll(keepingCapacity: true)
        path.removeAll(keepingCapacity: true)
        if !issues.isEmpty { issues = [] }
        self.isCollecting = isCollecting
        isDeclaring = false
        declared.removeAll(keepingCapacity: true)
        issuesMax = options.issuesMax
        depthLeft = options.depthMax
        stepsLeft = options.stepsMax
        refusal = nil
    }

    /// Whether the work goes on: not, once it has cost too much or is known to be in vain.
    var isOver: Bool { refusal != nil || isCollecting && issues.count >= issuesMax }

    /// Counts steps; false when there are none left.
    @inline(__always)
    mutating func spend(_ steps: Int) -> Bool {
        stepsLeft &-= steps
        if stepsLeft > 0 { return true }
        if refusal == nil { refusal = .steps }
        return false
    }

    /// Notes that a schema speaks of a member.
    @inline(__always)
    mutating func declare(_ name: Int) {
        if isDeclaring { declared.append(Int32(name)) }
    }

    /// Forgets what was noted since: by an alternative that does not fit.
    @inline(__always)
    mutating func undeclare(to count: Int) {
        if declared.count > count { declared.removeLast(declared.count &- count) }
    }

    /// A frame for so many members; its place.
    mutating func pushMarks(_ count: Int) -> Int {
        let frame = marks.count
        marks.append(contentsOf: repeatElement(0, count: (count &+ 63) &>> 6))
        return frame
    }

    mutating func popMarks(to frame: Int) { marks.removeLast(marks.count &- frame) }

    /// Gives what the top frame has to one below, if there is one.
    mutating func mergeMarks(from frame: Int, into target: Int) {
        guard target >= 0 else { return }
        for offset in 0..<marks.count &- frame { marks[target &+ offset] |= marks[frame &+ offset] }
    }

    @inline(__always)
    mutating func mark(_ index: Int, in frame: Int) {
        guard frame >= 0 else { return }
        marks[frame &+ index &>> 6] |= 1 &<< UInt64(index & 63)
    }

    func isMarked(_ index: Int, in frame: Int) -> Bool {
        marks[frame &+ index &>> 6] &>> UInt64(index & 63) & 1 == 1
    }
}

/// Bounds of a validation.
struct SchemaLimits: Sendable {
    var issuesMax: Int
    var depthMax: Int
    var stepsMax: Int

    init(_ options: SchemaOptions) {
        issuesMax = max(options.issuesMax, 1)
        depthMax = options.depthMax
        stepsMax = options.stepsMax
    }
}
