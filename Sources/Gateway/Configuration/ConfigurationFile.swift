public import GatehouseCore

/// A configuration that was read: its value, what is weak in it, and where each key stands.
public struct ConfigurationFile: Sendable {
    /// The configuration.
    public let configuration: Configuration
    /// What works but is weaker than it could be, in the order of the file.
    public let warnings: [ConfigurationIssue]
    fileprivate let source: SourceText
    fileprivate let places: [String: TextSpan]

    fileprivate init(
        configuration: Configuration, warnings: [ConfigurationIssue], source: SourceText,
        places: [String: TextSpan]
    ) {
        self.configuration = configuration
        self.warnings = warnings
        self.source = source
        self.places = places
    }

    /// What a control refused, with the file's line: `path` names the control's section, such as
    /// `cors` or `limits[0]`, and the error's key is looked for below it.
    public func issue(_ error: ConfigurationError, at path: String) -> ConfigurationIssue {
        switch error {
        case .invalid(let key, let why):
            let inner = path.isEmpty ? key : path + "." + key
            return source.issue(
                Decoding.Finding(
                    problem: "refused by its control", path: places[inner] == nil ? path : inner,
                    span: Place.find(inner, in: places), found: key, expected: why))
        }
    }
}

extension Configuration {
    /// Reads, checks and resolves a configuration file.
    ///
    /// - Throws: every error that the file holds, up to `ConfigurationIssues.shownMax`, each with
    ///   line and column.
    public static func load(file: String) throws(ConfigurationIssues) -> ConfigurationFile {
        switch FileLook(path: file, bytesMax: YAMLLimit.bytesMax) {
        case .failure(let reason):
            throw .unreadable(file, reason)
        case .content(let content, let mode):
            let read = try parse(
                content.dangerouslyRevealed, name: file, folder: FilePath.folder(of: file))
            guard mode & 0o002 != 0 else { return read }
            let loose = SourceText(name: file, bytes: []).issue(
                .init(
                    severity: .warning, problem: "others can write the configuration", path: "",
                    found: "mode \(String(mode & 0o777, radix: 8))",
                    expected: "a file that only its owner can write",
                    suggestion: "chmod 640 \(file.printable(max: 200))"))
            return ConfigurationFile(
                configuration: read.configuration, warnings: [loose] + read.warnings,
                source: read.source, places: read.places)
        }
    }

    /// Reads a configuration from its text; `name` stands in errors, paths are relative to
    /// `folder`.
    package static func parse(
        _ bytes: [UInt8], name: String, folder: String, surroundings: Surroundings = .process
    ) throws(ConfigurationIssues) -> ConfigurationFile {
        let source = SourceText(name: name, bytes: bytes)
        let root: YAMLNode?
        do {
            root = try YAMLReader.read(bytes)
        } catch {
            throw ConfigurationIssues(issues: [source.issue(error)], omitted: 0)
        }
        guard let root else { throw .empty(source) }
        var decoding = Decoding(source: source, folder: folder, surroundings: surroundings)
        decoding.hideSecrets(in: root)
        let configuration = section.read(root, &decoding)
        guard let configuration, decoding.findings.isEmpty else { throw decoding.issues }
        ConfigurationChecks.run(configuration, &decoding)
        guard decoding.findings.isEmpty else { throw decoding.issues }
        let warnings = ConfigurationAdvice.run(configuration).map {
            decoding.source.issue($0.located(in: decoding.places))
        }
        return ConfigurationFile(
            configuration: configuration, warnings: warnings.inOrder, source: decoding.source,
            places: decoding.places)
    }
}

extension Decoding {
    /// The errors so far, in the order of the file and bounded.
    var issues: ConfigurationIssues {
        let all = findings.map { source.issue($0) }.inOrder
        return ConfigurationIssues(
            issues: Array(all.prefix(ConfigurationIssues.shownMax)),
            omitted: max(0, all.count - ConfigurationIssues.shownMax))
    }
}

extension [ConfigurationIssue] {
    fileprivate var inOrder: [ConfigurationIssue] {
        // Stable: two findings of one place stay as they were found.
        enumerated().sorted { left, right in
            (left.element.line, left.element.column, left.offset)
                < (right.element.line, right.element.column, right.offset)
        }.map(\.element)
    }
}

extension ConfigurationIssues {
    fileprivate static func unreadable(_ file: String, _ reason: String) -> ConfigurationIssues {
        let issue = SourceText(name: file.printable(max: 400), bytes: []).issue(
            .init(
                problem: "the configuration cannot be read", path: "", found: reason,
                expected: "a configuration file of at most \(ByteCount.bytes(YAMLLimit.bytesMax))",
                suggestion: "`gatehouse init` writes one"))
        return ConfigurationIssues(issues: [issue], omitted: 0)
    }

    fileprivate static func empty(_ source: SourceText) -> ConfigurationIssues {
        let issue = source.issue(
            .init(
                problem: "the configuration is empty", path: "", found: "nothing",
                expected: "at least `routes`", suggestion: "`gatehouse init` writes a starter"))
        return ConfigurationIssues(issues: [issue], omitted: 0)
    }
}

extension SourceText {
    /// A finding with its line cut out, what is secret masked.
    func issue(_ finding: Decoding.Finding) -> ConfigurationIssue {
        issue(finding, excerpt: finding.span.flatMap { excerpt($0.start.line) })
    }

    fileprivate func issue(_ fault: YAMLFault) -> ConfigurationIssue {
        let finding = Decoding.Finding(
            problem: fault.problem, path: "", span: fault.span, found: fault.found,
            expected: fault.expected, suggestion: tabHint(fault.span.start.line))
        return issue(finding, excerpt: guardedExcerpt(fault.span.start.line))
    }

    private func issue(_ finding: Decoding.Finding, excerpt: String?) -> ConfigurationIssue {
        let start = finding.span?.start
        let isOneLine = finding.span?.end.line == start?.line
        let width = isOneLine ? (finding.span?.end.column ?? 1) - (start?.column ?? 0) : 1
        return ConfigurationIssue(
            severity: finding.severity, problem: finding.problem, file: name,
            line: start?.line ?? 0, column: start?.column ?? 0, path: finding.path,
            found: finding.found, expected: finding.expected, suggestion: finding.suggestion,
            excerpt: excerpt, width: max(width, 1))
    }
}

/// Finds where a path, or the nearest thing around it, stands.
enum Place {
    static func find(_ path: String, in places: [String: TextSpan]) -> TextSpan? {
        var path = Substring(path)
        while true {
            if let span = places[String(path)] {
                return span
            }
            guard let cut = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
            path = path[..<cut]
        }
    }
}

extension Decoding.Finding {
    func located(in places: [String: TextSpan]) -> Self {
        var copy = self
        copy.span = span ?? Place.find(path, in: places)
        return copy
    }
}
