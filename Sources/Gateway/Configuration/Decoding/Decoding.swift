/// The state of reading one configuration: where we are, what was wrong so far, and where each key
/// stands, so that later checks can point at it.
struct Decoding {
    let surroundings: Surroundings
    let folder: String
    private(set) var source: SourceText
    private var path = ""
    private(set) var findings: [Finding] = []
    private(set) var places: [String: TextSpan] = [:]

    /// An issue before its line is cut out: what must be hidden is known only at the end.
    struct Finding {
        var severity: ConfigurationIssue.Severity = .error
        var problem: String
        var path: String
        var span: TextSpan?
        var found: String
        var expected: String
        var suggestion: String?
    }

    init(source: SourceText, folder: String, surroundings: Surroundings) {
        self.source = source
        self.folder = folder
        self.surroundings = surroundings
    }

    /// Runs `body` with `step` added to the path: `.name` or `[2]`.
    mutating func descend<Result>(
        _ step: String, _ span: TextSpan, _ body: (inout Decoding) -> Result
    ) -> Result {
        let outer = path
        path = outer.isEmpty && step.hasPrefix(".") ? String(step.dropFirst()) : outer + step
        places[path] = span
        defer { path = outer }
        return body(&self)
    }

    /// Notes that the value at `node` is wrong.
    mutating func refuse(
        _ node: YAMLNode, _ problem: String, found: String? = nil, expected: String,
        suggestion: String? = nil
    ) {
        refuse(
            node.firstLine, problem, found: found ?? node.quoted, expected: expected,
            suggestion: suggestion)
    }

    /// Notes that what stands at `span` is wrong.
    mutating func refuse(
        _ span: TextSpan, _ problem: String, key: String = "", found: String, expected: String,
        suggestion: String? = nil
    ) {
        let key = key.printable(max: 60)
        findings.append(
            Finding(
                problem: problem, path: key.isEmpty ? path : path.isEmpty ? key : path + "." + key,
                span: span, found: found, expected: expected, suggestion: suggestion))
    }

    /// Notes a finding of a check over several sections.
    mutating func note(_ finding: Finding) { findings.append(finding) }

    mutating func hide(_ node: YAMLNode) { source.hide(node.span) }

    /// Hides what looks like a secret, wherever it stands.
    mutating func hideSecrets(in node: YAMLNode) { source.hideSecrets(in: node) }

    /// Absolute, or relative to the folder that the program runs in.
    func resolve(_ path: String) -> String { FilePath.resolve(path, in: folder) }
}

extension YAMLNode {
    /// Where a caret belongs: the whole of a scalar, the opening of anything else.
    var firstLine: TextSpan {
        if case .scalar = content { return span }
        let end = TextPosition(line: span.start.line, column: span.start.column + 1)
        return TextSpan(start: span.start, end: end)
    }
}
