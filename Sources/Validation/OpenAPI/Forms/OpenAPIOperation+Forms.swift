import GatehouseCore

extension OpenAPIOperation {
    /// A form's fields as the members of an object.
    func formVerdict(
        _ body: RawSpan, _ media: OpenAPIMedia, _ block: Int32, _ program: SchemaProgram,
        _ limits: JSONLimits, _ scratch: inout OpenAPIScratch
    ) -> OpenAPIVerdict {
        let text = String(validating: body.array, as: UTF8.self)
        guard let text, let pairs = OpenAPIPairs(text[...], max: rules.parametersMax)?.pairs else {
            return .refused([
                ValidationIssue(
                    pointer: "", keyword: "form",
                    message: "must be well-formed, without a semicolon, and short")
            ])
        }
        guard let form = media.form else { return answerVerdict(pairs, media, program, &scratch) }
        var check = OpenAPIParameterCheck(program, rules)
        var content = OpenAPIFormContent()
        for pair in pairs {
            guard form.fields[pair.name]?.isStructured ?? false else {
                content.add(.text(String(pair.value)), named: pair.name)
                continue
            }
            let bytes = Array((OpenAPIPairs.decode(pair.value) ?? "").utf8)
            do throws(JSONError) {
                _ = try scratch.tape.parse(bytes.raw, limits: limits)
                content.add(.json(bytes), named: pair.name)
            } catch {
                check.note(
                    "/" + pair.name.pointerEscaped, "malformed",
                    "must be a JSON text: \(error.reason.rawValue)")
            }
        }
        var object = OpenAPIFormObject(form, check)
        object.write(content)
        let (json, _, issues) = object.finish()
        guard issues.isEmpty else { return .refused(issues) }
        return jsonVerdict(json.raw, block, program, .assembled(from: limits), &scratch)
    }

    /// Of answers nothing but the schema counts.
    private func answerVerdict(
        _ pairs: [OpenAPIPairs.Pair], _ media: OpenAPIMedia, _ program: SchemaProgram,
        _ scratch: inout OpenAPIScratch
    ) -> OpenAPIVerdict {
        var json = JSONWriter()
        let fields = pairs.map { ($0.name, OpenAPIPairs.decode($0.value) ?? "") }
        guard OpenAPIText.write(record: fields, as: media.shape, to: &json) else {
            return .refused([
                ValidationIssue(
                    pointer: "", keyword: "repeated", message: "must have each field once")
            ])
        }
        let bytes = json.finish()
        return jsonVerdict(bytes.raw, media.block, program, JSONLimits(), &scratch)
    }
}

extension JSONLimits {
    /// For an object that is made of a form: its parts were bounded one by one, and escapes and the
    /// object around them add to that.
    static func assembled(from limits: JSONLimits) -> JSONLimits {
        var wide = limits
        wide.bytesMax = .mebibytes(1_023)
        wide.stringBytesMax = .mebibytes(1_023)
        wide.valuesMax = .max
        wide.membersMax = .max
        wide.elementsMax = .max
        wide.numberBytesMax = .max
        wide.depthMax += 2
        return wide
    }
}
