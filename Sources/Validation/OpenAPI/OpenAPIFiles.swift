import GatehouseCore

/// The files that a document is spread over: says which is to be read next, and keeps what was.
///
/// Nothing is fetched: references with a scheme or an authority stay unresolved, and those that
/// leave the folder are refused.
package struct OpenAPIFiles {
    /// Files besides the document, at most.
    package static let filesMax = 256
    /// Bytes of all of them together, at most.
    package static let bytesMax = 32 << 20

    /// What was read.
    package private(set) var registry = SchemaRegistry()
    private var pending: [Request] = []
    private var seen: Set<String>
    private var bytes = 0
    private let options = SchemaOptions()

    /// A file that a reference asks for.
    package struct Request {
        /// From the folder, without escapes.
        package let path: String
        /// As references see it.
        let uri: String
        /// Who asks, for messages.
        let document: String
        let pointer: String
    }

    /// - Parameter uri: the document's path from the folder that references may not leave.
    package init(_ json: RawSpan, at uri: String) throws(SchemaError) {
        seen = [URIReference(uri).document]
        try note(try Self.read(json, uri, options), at: uri)
    }

    /// The file to be read next; nil when there is none. One that is not there may be left out: who
    /// needs it says so.
    package mutating func next() -> Request? { pending.popLast() }

    /// Takes a file, and asks for those that it refers to.
    package mutating func add(_ json: RawSpan, for request: Request) throws(SchemaError) {
        bytes += json.byteCount
        guard bytes <= Self.bytesMax else { throw error(request, .tooLarge) }
        let document = try Self.read(json, request.uri, options)
        registry.add(file: document, at: request.uri)
        try note(document, at: request.uri)
    }

    private func error(_ request: Request, _ reason: SchemaError.Reason) -> SchemaError {
        SchemaError(document: request.document, pointer: request.pointer, reason: reason)
    }

    private static func read(
        _ json: RawSpan, _ uri: String, _ options: SchemaOptions
    ) throws(SchemaError) -> JSONDocument {
        do throws(JSONError) { return try JSONDocument(json, limits: options.json) } catch {
            throw SchemaError(document: uri, pointer: "", reason: .malformed(error))
        }
    }

    /// Whether a path climbs no higher than where it begins.
    private static func staysInside(_ path: String) -> Bool {
        guard !path.hasPrefix("/") else { return false }
        var depth = 0
        for step in path.split(separator: "/") {
            if step == ".." { depth -= 1 } else if step != "." { depth += 1 }
            guard depth >= 0 else { return false }
        }
        return true
    }

    private mutating func note(_ document: JSONDocument, at uri: String) throws(SchemaError) {
        let base = URIReference(uri)
        for (place, node) in document.nodes.enumerated()
        where node.name == "$ref" && node.kind == .string {
            let reference = URIReference(node.text)
            guard !reference.isRemote, !reference.isFragment else { continue }
            let pointer = document.pointer(of: place)
            guard base.contains(reference) else {
                throw SchemaError(
                    document: uri, pointer: pointer,
                    reason: .wrongValue(expected: "a reference that stays in the folder"))
            }
            let target = base.resolving(reference).document
            guard seen.insert(target).inserted else { continue }
            guard seen.count <= Self.filesMax + 1, let path = target.percentDecoded else {
                throw SchemaError(document: uri, pointer: pointer, reason: .tooLarge)
            }
            // Once more as it will be opened: escapes in the base count too.
            guard Self.staysInside(path) else {
                throw SchemaError(
                    document: uri, pointer: pointer,
                    reason: .wrongValue(expected: "a reference that stays in the folder"))
            }
            pending.append(
                Request(path: path, uri: target, document: uri, pointer: pointer))
        }
    }
}

extension URIReference {
    /// Whether it names another host or scheme.
    fileprivate var isRemote: Bool { isAbsolute || hasAuthority }

    /// Whether it stays in its document.
    fileprivate var isFragment: Bool { document.isEmpty }

    /// Whether a relative path, seen from this one, climbs no higher than where this one starts,
    /// also when an escape hides it.
    fileprivate func contains(_ other: URIReference) -> Bool {
        guard let path = other.document.percentDecoded, !path.hasPrefix("/"),
            !path.contains("\\"), !path.contains("?"), !path.utf8.contains(0)
        else { return false }
        var depth = document.utf8.count { $0 == UInt8(ascii: "/") }
        for step in path.split(separator: "/") {
            if step == ".." { depth -= 1 } else if step != "." { depth += 1 }
            guard depth >= 0 else { return false }
        }
        return true
    }
}
