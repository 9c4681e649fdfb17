import GatehouseCore

/// The path templates of a document as a tree of segments, literal ones first.
struct OpenAPIPaths: Sendable {
    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        /// Segments with parameters, those with more literal text first.
        var templates: [(segment: OpenAPISegment, node: Int)] = []
        /// Numbers of operations by method.
        var methods: [String: Int] = [:]
        /// Names of the parameters on the way here, in order, by method.
        var names: [String: [String]] = [:]
    }

    private var nodes = [Node()]
    /// Paths of servers that come before the templates'; longest first.
    private let bases: [[Substring]]

    /// Most segments of a path that is looked up.
    static let segmentsMax = 64

    init(bases: [String]) {
        let all = bases.isEmpty ? [""] : bases
        self.bases = Set(all.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
            .map { $0.split(separator: "/") }.sorted { $0.count > $1.count }
    }

    /// Adds a template's operation; false if it is there already, under the same names or others.
    mutating func add(_ method: String, _ segments: [OpenAPISegment], _ operation: Int) -> Bool {
        var node = 0
        for segment in segments { node = child(of: node, segment) }
        guard nodes[node].methods[method] == nil else { return false }
        nodes[node].names[method] = segments.flatMap(\.names)
        nodes[node].methods[method] = operation
        return true
    }

    private mutating func child(of node: Int, _ segment: OpenAPISegment) -> Int {
        if let literal = segment.literal {
            if let known = nodes[node].literals[literal] { return known }
            nodes.append(Node())
            nodes[node].literals[literal] = nodes.count - 1
            return nodes.count - 1
        }
        if let known = nodes[node].templates.first(where: { $0.segment.isAlike(segment) }) {
            return known.node
        }
        nodes.append(Node())
        nodes[node].templates.append((segment, nodes.count - 1))
        return nodes.count - 1
    }

    /// Puts the templates with more literal text first; after the last was added.
    mutating func finish() {
        for node in nodes.indices {
            nodes[node].templates.sort { $0.segment.literalCount > $1.segment.literalCount }
        }
    }

    /// What a path leads to.
    struct Found {
        /// Operations by method.
        let methods: [String: Int]
        fileprivate let names: [String: [String]]
        fileprivate let values: [String]

        /// The values of the parameters, by the names that the method's operation gives them.
        func values(for method: String) -> [String: String] {
            Dictionary(zip(names[method] ?? [], values)) { first, _ in first }
        }
    }

    func find(_ path: String) -> Found? {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count <= Self.segmentsMax else { return nil }
        for base in bases where segments.starts(with: base) {
            var values: [String] = []
            let rest = segments.dropFirst(base.count)
            if let node = find(rest.isEmpty ? [""] : rest, 0, &values) {
                return Found(
                    methods: nodes[node].methods, names: nodes[node].names, values: values)
            }
        }
        return nil
    }

    /// No deeper than the path has segments, and each node of the tree at most once: two segments
    /// of one node never lead to the same.
    private func find(_ rest: ArraySlice<Substring>, _ node: Int, _ values: inout [String]) -> Int?
    {
        guard let segment = rest.first else { return nodes[node].methods.isEmpty ? nil : node }
        if let next = nodes[node].literals[String(segment).percentDecoded ?? String(segment)],
            let found = find(rest.dropFirst(), next, &values)
        {
            return found
        }
        for (template, next) in nodes[node].templates {
            guard let matched = template.values(of: segment) else { continue }
            values += matched
            if let found = find(rest.dropFirst(), next, &values) { return found }
            values.removeLast(matched.count)
        }
        return nil
    }
}

/// A segment of a path template: `users`, `{id}`, `{name}.json`.
struct OpenAPISegment: Sendable {
    private enum Part: Equatable {
        case text(String)
        case parameter(String)
    }

    private var parts: [Part] = []

    /// Reads all segments of a template; nil if a brace is alone, a parameter has no name, or two
    /// stand side by side with nothing to tell where one ends.
    static func segments(of template: String) -> [OpenAPISegment]? {
        guard template.hasPrefix("/") else { return nil }
        var all: [OpenAPISegment] = []
        for text in template.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let segment = OpenAPISegment(text) else { return nil }
            all.append(segment)
        }
        return all
    }

    private init?(_ text: Substring) {
        var rest = text
        while !rest.isEmpty {
            if rest.first == "{" {
                guard let end = rest.firstIndex(of: "}") else { return nil }
                let name = rest[rest.index(after: rest.startIndex)..<end]
                guard !name.isEmpty, !name.contains("{") else { return nil }
                if case .parameter = parts.last { return nil }
                parts.append(.parameter(String(name)))
                rest = rest[rest.index(after: end)...]
            } else {
                let end = rest.firstIndex { $0 == "{" || $0 == "}" } ?? rest.endIndex
                guard end > rest.startIndex else { return nil }
                parts.append(.text(String(rest[..<end])))
                rest = rest[end...]
            }
        }
    }

    /// The whole text if there is no parameter in it.
    var literal: String? {
        switch (parts.count, parts.first) {
        case (0, _): ""
        case (1, .text(let text)): text
        default: nil
        }
    }

    var names: [String] {
        parts.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }

    var literalCount: Int {
        parts.reduce(0) { if case .text(let text) = $1 { $0 + text.utf8.count } else { $0 } }
    }

    /// Whether both match the same texts.
    func isAlike(_ other: OpenAPISegment) -> Bool {
        parts.count == other.parts.count
            && zip(parts, other.parts).allSatisfy { left, right in
                switch (left, right) {
                case (.text(let a), .text(let b)): a == b
                case (.parameter, .parameter): true
                default: false
                }
            }
    }

    /// What a segment of a path gives the parameters; nil if it doesn't match. A parameter ends
    /// where the text behind it is found first; none is empty.
    func values(of text: Substring) -> [String]? {
        var rest = text
        var values: [String] = []
        for (index, part) in parts.enumerated() {
            switch part {
            case .text(let literal):
                guard rest.hasPrefix(literal) else { return nil }
                rest = rest.dropFirst(literal.count)
            case .parameter:
                var end = rest.endIndex
                if index + 1 < parts.count, case .text(let next) = parts[index + 1] {
                    let isLast = index + 2 == parts.count
                    let found =
                        isLast && rest.hasSuffix(next)
                        ? rest.index(rest.endIndex, offsetBy: -next.count)
                        : rest.firstRange(of: next)?.lowerBound
                    guard let found else { return nil }
                    end = found
                }
                guard end > rest.startIndex else { return nil }
                values.append(String(rest[..<end]))
                rest = rest[end...]
            }
        }
        return rest.isEmpty ? values : nil
    }
}

extension String {
    /// The text with its percent escapes resolved; nil if one is broken or the result is no UTF-8.
    var percentDecoded: String? {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
