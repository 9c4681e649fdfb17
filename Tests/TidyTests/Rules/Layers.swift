/// The layer table of `docs/ARCHITECTURE.md`: which module lives where and may import what.
struct LayerTable: Equatable {
    struct Layer: Equatable {
        let module: String
        let folder: String
        let modules: [String]
        let libraries: [String]
    }

    /// Bottom first.
    let layers: [Layer]
    /// System modules that all layers may import.
    let everywhere: [String]

    /// Reads the lines between the two markers; nil when there is no such part.
    init?(_ document: String) {
        let lines = document.split(separator: "\n").map { $0.trimmed }
        guard let from = lines.firstIndex(of: "<!-- layers -->"),
            let to = lines.firstIndex(of: "<!-- /layers -->"), from < to
        else { return nil }
        let part = lines[(from + 1)..<to]
        layers = part.filter { $0.hasPrefix("| `") }.map { row in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).map {
                LayerTable.names(in: $0)
            }
            return Layer(
                module: cells[1].first ?? "", folder: cells[2].first ?? "", modules: cells[3],
                libraries: cells[4])
        }
        everywhere = part.first { $0.hasPrefix("Everywhere:") }.map(LayerTable.names) ?? []
    }

    /// What stands between backticks.
    private static func names(in cell: some StringProtocol) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// Imports of a source file that its layer does not allow.
    func findings(_ file: SourceText) -> [Finding] {
        guard let layer = layers.first(where: { file.path.hasPrefix($0.folder + "/") }) else {
            return [Finding(file.path, 1, "its folder is in no row of the layer table")]
        }
        let allowed = Set(layer.modules + layer.libraries + everywhere)
        return file.imports.filter { !allowed.contains($0.module) }.map {
            Finding(file.path, $0.line, "\(layer.module) may not import \($0.module)")
        }
    }

    /// What is wrong with the table itself: an import upwards, a library with two importers.
    var inconsistencies: [String] {
        var found: [String] = []
        var below: Set<String> = []
        var importers: [String: String] = [:]
        for layer in layers {
            for module in layer.modules where !below.contains(module) {
                found.append("\(layer.module) imports \(module), which is not below it")
            }
            for library in layer.libraries {
                if let other = importers.updateValue(layer.module, forKey: library) {
                    found.append("\(library) is imported by \(other) and \(layer.module)")
                }
            }
            if !below.insert(layer.module).inserted { found.append("\(layer.module) twice") }
        }
        return found
    }
}

/// The targets that a package manifest declares with `module(…)` and `.executableTarget(…)`.
struct Manifest {
    /// Dependencies by folder under Sources.
    let dependencies: [String: Set<String>]

    init(_ manifest: String) {
        let code = manifest.split(separator: "\n").map {
            $0.trimmed.hasPrefix("//") ? "" : $0.trimmed
        }.joined()
        var found: [String: Set<String>] = [:]
        for call in ["module(", ".executableTarget("] {
            for part in code.components(after: call) where !part.hasPrefix("_ ") {
                let strings = Manifest.strings(in: part.call)
                guard let first = strings.first else { continue }
                let path = strings.first { $0.hasPrefix("Sources/") }
                let folder = call == "module(" ? "Sources/\(first)" : path ?? ""
                let listed = part.call.drop { $0 != "[" }.prefix { $0 != "]" }
                if !folder.isEmpty { found[folder] = Set(Manifest.strings(in: String(listed))) }
            }
        }
        dependencies = found
    }

    private static func strings(in text: String) -> [String] {
        text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// Where manifest and table disagree.
    func disagreements(with table: LayerTable) -> [String] {
        let rows = Dictionary(
            table.layers.map { ($0.folder, Set($0.modules + $0.libraries)) }
        ) { first, _ in first }
        return Set(rows.keys).union(dependencies.keys).sorted().compactMap { folder in
            guard let row = rows[folder] else { return "\(folder) has no row in the table" }
            guard let declared = dependencies[folder] else { return "\(folder) has no target" }
            let differing = row.symmetricDifference(declared).sorted()
            return differing.isEmpty
                ? nil : "\(folder): only one of table and Package.swift has \(differing)"
        }
    }
}

extension SourceText {
    /// Modules that a Swift file imports, with their lines.
    var imports: [(module: String, line: Int)] {
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
        ]
        return code.indices.compactMap { index in
            let words = code[index].split(separator: " ")
            guard let place = words.firstIndex(of: "import"),
                words[..<place].allSatisfy({
                    $0.hasPrefix("@")
                        || ["public", "package", "internal", "private", "fileprivate"].contains($0)
                })
            else { return nil }
            let named = words[(place + 1)...].first { !kinds.contains($0) }
            return named.map { (String($0.prefix { $0 != "." && $0 != ";" }), index + 1) }
        }
    }
}

extension String {
    /// What follows each occurrence of `mark`.
    fileprivate func components(after mark: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let found = rest.firstRange(of: mark) {
            rest = rest[found.upperBound...]
            parts.append(String(rest))
        }
        return parts
    }

    /// Up to the parenthesis that closes the call this text begins in.
    fileprivate var call: String {
        var depth = 1
        return String(
            prefix { character in
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                return depth > 0
            })
    }
}
