import GatehouseCore

extension OpenAPIOperation {
    /// Whether a request's body is what the document says.
    /// - Parameters:
    ///   - body: its bytes, decoded from any content coding; nil or empty for none.
    ///   - mediaType: the Content-Type field.
    ///   - limits: how much JSON is accepted.
    public func bodyVerdict(
        _ body: RawSpan, mediaType: String?, limits: JSONLimits = JSONLimits(),
        using scratch: inout OpenAPIScratch
    ) -> OpenAPIVerdict {
        guard let declared = content.body else {
            return body.byteCount == 0 ? .accepted : .undeclared
        }
        if body.byteCount == 0, mediaType == nil {
            if !declared.isRequired { return .accepted }
            return .refused([Self.missingBody])
        }
        return verdict(body, mediaType, declared, rules.requests, limits, &scratch)
    }

    /// Whether an answer is what the document says.
    /// - Parameters:
    ///   - headers: all header fields, each line by itself.
    ///   - body: its bytes, decoded from any content coding; nil to leave it unread, as for HEAD.
    public func responseVerdict(
        status: Int, mediaType: String?, headers: [(name: String, value: String)] = [],
        body: RawSpan?, limits: JSONLimits = JSONLimits(), using scratch: inout OpenAPIScratch
    ) -> OpenAPIVerdict {
        guard let declared = response(status) else { return .undeclared }
        var check = OpenAPIParameterCheck(rules.responses, rules)
        for header in declared.headers {
            let values = headers.filter { $0.name.lowercased() == header.name }.map(\.value)
            check.check(header, values, &scratch)
        }
        var verdict = OpenAPIVerdict.accepted
        if let body {
            if declared.body.content.isEmpty {
                if body.byteCount > 0 { verdict = .undeclared }
            } else {
                verdict = self.verdict(
                    body, mediaType, declared.body, rules.responses, limits, &scratch)
            }
        }
        guard !check.issues.isEmpty else { return verdict }
        switch verdict {
        case .accepted: return .refused(check.issues)
        case .refused(let issues): return .refused(check.issues + issues)
        default: return verdict
        }
    }

    private static let missingBody = ValidationIssue(
        pointer: "", keyword: "required", message: "is required")

    private func verdict(
        _ body: RawSpan, _ mediaType: String?, _ declared: OpenAPIBody, _ program: SchemaProgram,
        _ limits: JSONLimits, _ scratch: inout OpenAPIScratch
    ) -> OpenAPIVerdict {
        guard let mediaType, let type = OpenAPIMediaRange(mediaType), type.precision == 2,
            let media = declared.content.first(where: { $0.range.contains(type) })
        else { return .unsupportedMediaType }
        if type.isJSON {
            guard OpenAPIMediaRange.isUTF8(mediaType) else { return .unsupportedMediaType }
            return jsonVerdict(body, media.block, program, limits, &scratch)
        }
        guard let block = media.block else { return .accepted }
        if type.isForm {
            guard OpenAPIMediaRange.isUTF8(mediaType) else { return .unsupportedMediaType }
            return formVerdict(body, media, block, program, limits, &scratch)
        }
        guard type.type == "text" else { return .accepted }
        guard OpenAPIMediaRange.isUTF8(mediaType) else { return .unsupportedMediaType }
        return textVerdict(body, block, program, limits, &scratch)
    }

    func jsonVerdict(
        _ json: RawSpan, _ block: Int32?, _ program: SchemaProgram, _ limits: JSONLimits,
        _ scratch: inout OpenAPIScratch
    ) -> OpenAPIVerdict {
        do throws(JSONError) {
            let issues = try program.issues(
                reading: json, block, rules.limits, limits, tape: &scratch.tape,
                scratch: &scratch.schema)
            return issues.isEmpty ? .accepted : .refused(issues)
        } catch { return .malformed(error) }
    }

    /// Text as one JSON string.
    private func textVerdict(
        _ body: RawSpan, _ block: Int32, _ program: SchemaProgram, _ limits: JSONLimits,
        _ scratch: inout OpenAPIScratch
    ) -> OpenAPIVerdict {
        guard String(validating: body.array, as: UTF8.self) != nil else {
            return .malformed(JSONError(reason: .invalidUTF8, offset: 0))
        }
        var json = JSONWriter()
        json.string(body)
        let bytes = json.finish()
        return jsonVerdict(bytes.raw, block, program, limits, &scratch)
    }
}

extension OpenAPIOperation {
    /// An answer's body without the members that the document does not name; nil if it is no JSON,
    /// has no schema, or what is left is not what the schema asks for.
    ///
    /// Objects of which the schema names no member stay whole.
    public func strippedResponse(
        status: Int, mediaType: String, body: RawSpan, limits: JSONLimits = JSONLimits(),
        using scratch: inout OpenAPIScratch
    ) -> [UInt8]? {
        guard let type = OpenAPIMediaRange(mediaType), type.isJSON,
            OpenAPIMediaRange.isUTF8(mediaType),
            let media = response(status)?.body.content.first(where: { $0.range.contains(type) }),
            let block = media.block
        else { return nil }
        do throws(JSONError) {
            return try rules.responses.stripped(
                body, block, rules.limits, limits, tape: &scratch.tape, scratch: &scratch.schema)
        } catch { return nil }
    }

    /// What is declared for a status, its class, or all others.
    fileprivate func response(_ status: Int) -> OpenAPIResponse? {
        content.responses.first { $0.status == status }
            ?? content.responses.first { $0.status == status / 100 }
            ?? content.responses.first { $0.status == 0 }
    }
}
