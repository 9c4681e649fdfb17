/// Links of Markdown documents that lead nowhere.
enum Links {
    /// Broken relative links and anchors of one document.
    static func findings(
        _ file: SourceText, exists: (String) -> Bool, text: (String) -> String?
    ) -> [Finding] {
        var inFence = false
        return file.lines.indices.flatMap { index -> [Finding] in
            if file.lines[index].trimmed.hasPrefix("```") { inFence.toggle() }
            if inFence { return [] }
            return targets(in: file.lines[index]).compactMap { target in
                broken(target, in: file, exists: exists, text: text).map {
                    Finding(file.path, index + 1, $0)
                }
            }
        }
    }

    /// What stands in the parentheses of `[text](target)`.
    static func targets(in line: String) -> [String] {
        var found: [String] = []
        var rest = line[...]
        while let open = rest.firstRange(of: "](") {
            rest = rest[open.upperBound...]
            guard let close = rest.firstIndex(of: ")") else { break }
            found.append(String(rest[..<close]))
            rest = rest[close...]
        }
        return found
    }

    private static func broken(
        _ target: String, in file: SourceText, exists: (String) -> Bool, text: (String) -> String?
    ) -> String? {
        if target.contains("://") || target.hasPrefix("mailto:") { return nil }
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].isEmpty ? file.path : resolve(String(parts[0]), from: file.folder)
        guard let path, exists(path) else { return "no such file: \(target)" }
        guard parts.count == 2 else { return nil }
        let document = parts[0].isEmpty ? file.text : text(path)
        guard let document, anchors(of: document).contains(String(parts[1])) else {
            return "no such heading: \(target)"
        }
        return nil
    }

    /// A path from the root; nil when it leaves the repository.
    static func resolve(_ path: String, from folder: String) -> String? {
        var parts = path.hasPrefix("/") ? [] : folder.split(separator: "/").map(String.init)
        for part in path.split(separator: "/") where part != "." {
            guard part == ".." else {
                parts.append(String(part))
                continue
            }
            guard parts.popLast() != nil else { return nil }
        }
        return parts.joined(separator: "/")
    }

    /// Headings the way forges turn them into anchors.
    static func anchors(of document: String) -> Set<String> {
        Set(
            document.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
                line.drop { $0 == "#" }.trimmed.lowercased()
                    .filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }
                    .map { $0 == " " ? "-" : String($0) }.joined()
            })
    }
}

/// Files of one module that share a name: their object files would be one.
enum FileNames {
    static func findings(_ files: [SourceText]) -> [Finding] {
        var first: [String: String] = [:]
        return files.filter(\.isSwift).compactMap { file in
            let module = file.path.split(separator: "/").prefix(2).joined(separator: "/")
            let key = "\(module)/\(file.name)"
            guard let other = first[key] else {
                first[key] = file.path
                return nil
            }
            return Finding(file.path, 1, "same name as \(other) in one module")
        }
    }
}

/// Controls without a test file of the same name.
enum ControlTests {
    static let folders = ["Headers", "CORS", "RateLimit", "Authentication", "Authorization"]

    /// One control, one file, one test file: `Headers/FrameOptions.swift` wants
    /// `FrameOptionsTests.swift`. What a control keeps to itself is tested through it.
    static func findings(_ files: [SourceText]) -> [Finding] {
        let tests = Set(files.filter { $0.path.hasPrefix("Tests/") }.map(\.name))
        return files.compactMap { file in
            guard folders.contains(where: { file.folder.hasPrefix("Sources/Defense/\($0)") }),
                file.isSwift, !file.name.contains("+"), file.declaresForOthers
            else { return nil }
            let wanted = file.name.replacing(".swift", with: "Tests.swift")
            return tests.contains(wanted) ? nil : Finding(file.path, 1, "no \(wanted)")
        }
    }
}

extension SourceText {
    /// Whether a public or package type (not a protocol) begins here.
    fileprivate var declaresForOthers: Bool {
        declaredTypes.contains { type in
            let words = code[type.line - 1].split(separator: " ")
            return (words.first == "public" || words.first == "package")
                && !words.contains("protocol")
        }
    }
}
