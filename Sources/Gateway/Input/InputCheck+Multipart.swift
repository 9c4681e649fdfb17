import GatehouseCore
import GatehouseHTTP
import GatehouseValidation

/// Forms in parts: read as they arrive, kept until the last byte was read, then passed on as they
/// came.
extension InputCheck {
    /// - Returns: what the document has against the parts.
    func checkMultipart(
        _ request: Request, _ type: ContentType, _ match: OpenAPIMatch?, isDeclared: Bool
    ) async throws(Rejection) -> [ValidationIssue] {
        let parts = match?.operation.parts(
            mediaType: type.essence, limits: jsonLimits(request))
        var limits = rules.multipart
        if isDeclared, let parts {
            limits.repeatable.formUnion(parts.repeatable)
            limits.headerNames = parts.headerNames
        }
        guard var parts else {
            var names = FieldNames()
            try await read(request, type, limits, into: &names)
            try search(names.names, request)
            return []
        }
        try await read(request, type, limits, into: &parts)
        let issues = parts.finish()
        try search(parts.names, request)
        try searchTexts(parts.texts, request)
        return issues
    }

    private func read(
        _ request: Request, _ type: ContentType, _ limits: MultipartLimits,
        into sink: inout some MultipartSink
    ) async throws(Rejection) {
        let spool = BodySpool(folder: spoolFolder, bytesMax: request.body.limit.bytes)
        var parser: MultipartParser
        do throws(MultipartError) {
            parser = try MultipartParser(boundary: type.boundary ?? "", limits: limits)
        } catch { throw Rejection(multipart: error) }
        let buffer = Buffer(capacity: 16_384)
        while try await Self.next(request, buffer) {
            do throws(MultipartError) { try parser.feed(buffer.readable, to: &sink) } catch {
                throw Rejection(multipart: error)
            }
            do throws(BodySpool.Failure) { try spool.append(buffer.readable) } catch {
                throw Rejection(spool: error)
            }
            buffer.clear()
        }
        do throws(MultipartError) { try parser.finish() } catch {
            throw Rejection(multipart: error)
        }
        request.body.replace(with: spool.finish(), length: spool.count)
    }

    private func search(_ names: [String], _ request: Request) throws(Rejection) {
        guard rules.injection != .off else { return }
        for name in names {
            let bytes = Array(name.utf8)
            guard let kind = InjectionName.look(parameter: bytes.raw) else { continue }
            if rules.allowedNames.contains(name) { continue }
            try refuse(request, "multipart", name, kind.rawValue)
        }
    }

    /// JSON in a part is no safer than JSON as a body.
    private func searchTexts(
        _ texts: [(name: String, json: [UInt8])], _ request: Request
    ) throws(Rejection) {
        guard rules.injection != .off else { return }
        let limits = jsonLimits(request)
        for (name, json) in texts {
            var tape = JSONTape()
            let found: InjectionFinding?
            do throws(JSONError) {
                found = search.find(in: try tape.parse(json.raw, limits: limits))
            } catch { continue }
            if let found {
                try refuse(request, "json", "/\(name)\(found.place)", found.kind.rawValue)
            }
        }
    }

    /// The names of a form's parts.
    private struct FieldNames: MultipartSink {
        var names: [String] = []
        mutating func begin(_ part: MultipartPart) { names.append(part.name) }
        mutating func content(_ bytes: RawSpan) {}
    }
}
