/// The reference part of `docs/CONFIGURATION.md`, written from the keys themselves.
package enum ConfigurationReference {
    /// One table for each section, in the order of the keys.
    package static var markdown: String {
        var text = ""
        append(Configuration.section.reference, title: "The file", path: "", to: &text)
        return text
    }

    /// Every key by its path: `timeouts.header`, `routes[].access`.
    package static var keys: [(path: String, key: KeyReference)] {
        var all: [(String, KeyReference)] = []
        collect(Configuration.section.reference, path: "", into: &all)
        return all
    }

    private static func collect(
        _ section: SectionReference, path: String, into all: inout [(String, KeyReference)]
    ) {
        for key in section.keys {
            let inner = path.isEmpty ? key.name : path + "." + key.name
            all.append((inner, key))
            if let section = key.inner { collect(section, path: inner + key.step, into: &all) }
        }
    }

    private static func append(
        _ section: SectionReference, title: String, path: String, to text: inout String
    ) {
        text += "### \(title)\n\n| key | value | default | meaning |\n|---|---|---|---|\n"
        for key in section.keys {
            let cells = ["`\(key.name)`", key.kind, key.fallback, key.meaning]
            text += "| " + cells.map { $0.escapedCell }.joined(separator: " | ") + " |\n"
        }
        text += "\n"
        for key in section.keys {
            guard let inner = key.inner else { continue }
            let path = (path.isEmpty ? key.name : path + "." + key.name) + key.step
            append(inner, title: "`\(path)`", path: path, to: &text)
        }
    }
}

extension KeyReference {
    /// How a path goes on below the key.
    fileprivate var step: String {
        if kind.hasPrefix("a list") { return "[]" }
        return kind.hasPrefix("a mapping from names") ? ".<name>" : ""
    }
}

extension String {
    fileprivate var escapedCell: String {
        String(flatMap { $0 == "|" ? Array("\\|") : [$0] })
    }
}
