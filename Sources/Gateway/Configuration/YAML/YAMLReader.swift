/// Builds the node tree of one document, within bounds.
///
/// Refused, because a configuration needs none of it and each has surprised somebody: anchors and
/// aliases (they multiply: a few lines can stand for billions of nodes), tags, several documents,
/// duplicate keys, keys that are not text.
struct YAMLReader {
    private let parser: YAMLParser
    private let bounds: YAMLBounds
    private var nodes = 0

    /// The document's root, or nil when the text holds none.
    static func read(
        _ bytes: [UInt8], within bounds: YAMLBounds = YAMLBounds()
    ) throws(YAMLFault) -> YAMLNode? {
        try YAMLText.check(bytes, bytesMax: bounds.bytesMax)
        var reader = YAMLReader(bytes, bounds)
        return try reader.document()
    }

    private init(_ bytes: [UInt8], _ bounds: YAMLBounds) {
        self.bounds = bounds
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        parser = YAMLParser(hasMark ? bytes[3...] : bytes[...])
    }

    private mutating func document() throws(YAMLFault) -> YAMLNode? {
        let first = try parser.next()
        if case .streamEnd = first.kind { return nil }
        let root = try node(from: parser.next(), depth: 1)
        _ = try parser.next()
        let last = try parser.next()
        guard case .streamEnd = last.kind else {
            throw YAMLFault(
                problem: "more than one document", found: "a second document",
                expected: "one document", span: last.span)
        }
        return root
    }

    private mutating func node(
        from event: YAMLParser.Event, depth: Int
    ) throws(YAMLFault) -> YAMLNode {
        try admit(event, depth: depth)
        switch event.kind {
        case .scalar(let text, let isPlain):
            return YAMLNode(content: .scalar(text, isPlain: isPlain), span: event.span)
        case .sequenceStart: return try sequence(from: event, depth: depth)
        default: return try mapping(from: event, depth: depth)
        }
    }

    private mutating func admit(_ event: YAMLParser.Event, depth: Int) throws(YAMLFault) {
        nodes += 1
        var refused: (problem: String, found: String, expected: String)?
        if nodes > bounds.nodesMax {
            refused = ("too many values", "more than \(bounds.nodesMax) values", "fewer values")
        } else if depth > bounds.depthMax {
            refused = (
                "nested too deeply", "\(depth) levels", "at most \(bounds.depthMax) levels"
            )
        } else if event.hasTag {
            refused = ("tags are not supported", "a `!tag`", "a plain value")
        } else if event.hasAnchor {
            refused = ("anchors are not supported", "an `&anchor`", "the value itself")
        } else if case .alias = event.kind {
            refused = (
                "aliases are not supported", "an `*alias`", "the value itself, or a quoted `\"*\"`"
            )
        } else if case .scalar(let text, _) = event.kind, !text.isAdmissible {
            refused = ("a control character in a value", "an escaped control character", "text")
        }
        guard let refused else { return }
        throw YAMLFault(
            problem: refused.problem, found: refused.found, expected: refused.expected,
            span: event.span)
    }

    private mutating func sequence(
        from start: YAMLParser.Event, depth: Int
    ) throws(YAMLFault) -> YAMLNode {
        var elements: [YAMLNode] = []
        while true {
            let event = try parser.next()
            if case .sequenceEnd = event.kind {
                let span = TextSpan(start: start.span.start, end: event.span.end)
                return YAMLNode(content: .sequence(elements), span: span)
            }
            elements.append(try node(from: event, depth: depth + 1))
        }
    }

    private mutating func mapping(
        from start: YAMLParser.Event, depth: Int
    ) throws(YAMLFault) -> YAMLNode {
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try parser.next()
            if case .mappingEnd = event.kind {
                let span = TextSpan(start: start.span.start, end: event.span.end)
                return YAMLNode(content: .mapping(entries), span: span)
            }
            let key = try key(from: event, depth: depth + 1)
            if let line = lines.updateValue(event.span.start.line, forKey: key) {
                throw YAMLFault(
                    problem: "duplicate key `\(key.printable(max: 60))`",
                    found: "the key again, after line \(line)", expected: "each key once",
                    span: event.span)
            }
            let value = try node(from: parser.next(), depth: depth + 1)
            entries.append(.init(key: key, keySpan: event.span, value: value))
        }
    }

    private mutating func key(
        from event: YAMLParser.Event, depth: Int
    ) throws(YAMLFault) -> String {
        try admit(event, depth: depth)
        guard case .scalar(let text, _) = event.kind else {
            throw YAMLFault(
                problem: "a key that is not text", found: "a list or a mapping as a key",
                expected: "a name", span: event.span)
        }
        return text
    }
}

extension String {
    /// Line breaks and tabs are text; other controls, which only escapes can bring in, are not.
    fileprivate var isAdmissible: Bool {
        unicodeScalars.allSatisfy { $0.isDisplayable || $0 == "\n" || $0 == "\t" }
    }
}
