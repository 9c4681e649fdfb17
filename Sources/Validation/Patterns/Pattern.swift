import GatehouseCore

/// What a pattern's flags change.
public struct PatternOptions: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// Options by their bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Flag `i`: letters of either case are the same.
    public static let ignoresCase = PatternOptions(rawValue: 1)
    /// Flag `m`: `^` and `$` match at line ends too.
    public static let multiline = PatternOptions(rawValue: 2)
    /// Flag `s`: `.` matches line ends too.
    public static let dotMatchesLineEnds = PatternOptions(rawValue: 4)
}

/// A regular expression of ECMA-262 (with its `u` flag), compiled once to machine code.
///
/// Neither a hostile pattern nor a hostile subject can make it hang: the work of one match is
/// bounded, and what goes over the bound is neither a match nor a mismatch but a refusal.
///
/// ```swift
/// let pattern = try Pattern("^[a-z]{2,8}$")
/// pattern.matches("abc") == .matches
/// ```
public struct Pattern: Sendable {
    /// What came of a match.
    public enum Verdict: Equatable, Sendable {
        /// The pattern matches somewhere in the subject.
        case matches
        /// It does not.
        case differs
        /// Nobody knows: finding out would have cost more than the bound. To be refused.
        case tooExpensive
    }

    /// The pattern as it was written.
    public let source: String
    /// Whether the work of a match can grow faster than the subject: nested or neighbouring
    /// quantifiers that can share characters. Subjects over `superLinearSubjectMax` bytes are then
    /// refused as too expensive.
    public let isSuperLinear: Bool
    /// Whether it can match at the beginning of the subject alone.
    private let isAnchored: Bool
    let program: PatternProgram

    /// Most bytes of a subject, if the pattern begins with `^`. Over it the verdict is
    /// `tooExpensive`.
    public static let subjectMax = 1 << 20
    /// The same for patterns that are tried at every place of the subject.
    public static let searchedSubjectMax = 1 << 18
    /// The same for patterns that are super-linear.
    public static let superLinearSubjectMax = 1 << 12

    /// Compiles a pattern.
    /// - Throws: `PatternError` with the reason and its place.
    public init(_ ecmaScript: String, options: PatternOptions = []) throws(PatternError) {
        var parser = try PatternParser(ecmaScript)
        let node = try parser.run()
        var writer = PatternWriter(options: options)
        writer.write(node)
        source = ecmaScript
        isAnchored = !options.contains(.multiline) && PatternLint.startsAnchored(node)
        isSuperLinear = PatternLint.isSuperLinear(
            node, isAnchored: isAnchored, ignoresCase: options.contains(.ignoresCase))
        program = try PatternProgram(
            writer.text, ignoresCase: options.contains(.ignoresCase))
    }

    /// Memory that the compiled pattern takes.
    var byteCount: Int { program.byteCount }

    /// How far one start may go back and forth in a subject of so many bytes. The engine counts
    /// for each start anew, so that many of them must share what one may have alone.
    func stepsMax(_ count: Int) -> Int {
        if isAnchored { return isSuperLinear ? 500_000 : 1_000_000 &+ 8 &* count }
        return max(500, 20_000_000 / (count &+ 1))
    }

    /// Most bytes of a subject of this pattern.
    var bytesMax: Int {
        isSuperLinear
            ? Self.superLinearSubjectMax
            : isAnchored ? Self.subjectMax : Self.searchedSubjectMax
    }

    /// Whether the text is a valid pattern, whether or not the engine can run it.
    static func isWellFormed(_ ecmaScript: String) -> Bool {
        do throws(PatternError) {
            var parser = try PatternParser(ecmaScript)
            _ = try parser.run()
            return true
        } catch { return false }
    }

    /// Looks for the pattern in UTF-8 text. Bytes that are no UTF-8 never match.
    public func matches(_ subject: RawSpan) -> Verdict {
        let scratch = PatternScratch.take()
        defer { PatternScratch.give(scratch) }
        return matches(subject, using: scratch)
    }

    /// Looks for the pattern in text.
    public func matches(_ subject: String) -> Verdict { matches(Array(subject.utf8).raw) }

    /// The same, with memory that the caller keeps: no lock, no allocation.
    func matches(_ subject: RawSpan, using scratch: PatternScratch) -> Verdict {
        guard subject.byteCount <= bytesMax else { return .tooExpensive }
        return program.match(subject, scratch, stepsMax: stepsMax(subject.byteCount))
    }
}
