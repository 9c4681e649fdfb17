import Foundation

/// The files that rules read: everything that is ours, found from this file's own place, so that
/// the working directory does not matter.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Folders and files at the root that belong to the project; what a build or a run leaves
    /// behind (`.build`, `data`, `gatehouse.yml`) is not among them.
    static let parts = [
        ".ci", "Benchmarks", "Examples", "Fuzz", "Snippets", "Sources", "Tests", "docs",
        "packaging",
        "scripts", ".gitignore", ".swift-format", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile",
        "Package.swift", "README.md", "SECURITY.md",
    ]
    static let skipped: Set<String> = [".build", ".venv", "__pycache__", ".DS_Store"]

    static let files: [SourceText] = parts.flatMap(texts).sorted { $0.path < $1.path }
    static let paths = Set(files.map(\.path))
    static let swift = files.filter(\.isSwift)

    static func text(_ path: String) -> String? {
        try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    private static func texts(_ part: String) -> [SourceText] {
        let place = root.appendingPathComponent(part)
        let values = try? place.resourceValues(forKeys: [.isDirectoryKey])
        guard values?.isDirectory == true else {
            return text(part).map { [SourceText(part, $0)] } ?? []
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
        return names.filter { !skipped.contains($0) }.sorted().flatMap { texts("\(part)/\($0)") }
    }
}
