import CYAML

/// libyaml's event parser over a copy of the text: the one handle to the C library.
@safe final class YAMLParser {
    enum Kind {
        case documentStart
        case documentEnd
        case streamEnd
        case alias
        case scalar(String, isPlain: Bool)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
    }

    struct Event {
        let kind: Kind
        let span: TextSpan
        /// `&name` before the value.
        let hasAnchor: Bool
        /// `!tag` before the value.
        let hasTag: Bool
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        unsafe text = .allocate(capacity: max(bytes.count, 1))
        _ = unsafe text.initialize(from: bytes)
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        // Fails only when memory is out, which nothing survives.
        precondition(unsafe yaml_parser_initialize(parser) == 1)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, text.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    /// The next event; the start of the stream is skipped.
    func next() throws(YAMLFault) -> Event {
        var event = unsafe yaml_event_t()
        repeat {
            guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw fault() }
        } while unsafe event.type == YAML_STREAM_START_EVENT
        defer { unsafe yaml_event_delete(&event) }
        return try unsafe translate(event)
    }

    private func translate(_ event: yaml_event_t) throws(YAMLFault) -> Event {
        let span = unsafe TextSpan(start: .init(event.start_mark), end: .init(event.end_mark))
        var hasAnchor = false
        var hasTag = false
        let kind: Kind
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        case YAML_ALIAS_EVENT: kind = .alias
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            hasAnchor = unsafe event.data.sequence_start.anchor != nil
            hasTag = unsafe event.data.sequence_start.tag != nil
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            hasAnchor = unsafe event.data.mapping_start.anchor != nil
            hasTag = unsafe event.data.mapping_start.tag != nil
        default:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            kind = .scalar(unsafe String(decoding: bytes, as: UTF8.self), isPlain: isPlain)
            hasAnchor = unsafe scalar.anchor != nil
            hasTag = unsafe scalar.tag != nil
        }
        return Event(kind: kind, span: span, hasAnchor: hasAnchor, hasTag: hasTag)
    }

    /// libyaml's own words name its state, such as "while parsing a block mapping"; they are fixed
    /// text and hold nothing of the file.
    private func fault() -> YAMLFault {
        let start = unsafe TextPosition(parser.pointee.problem_mark)
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) }
        let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) }
        return YAMLFault(
            problem: "the text is not valid YAML", found: problem ?? "a syntax error",
            expected: context.map { "YAML that parses (\($0))" } ?? "YAML that parses",
            span: TextSpan(start: start, end: .init(line: start.line, column: start.column + 1)))
    }
}

extension TextPosition {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
