import GatehouseCore
import GatehouseValidation

/// Schemas, OpenAPI documents, patterns and values on any bytes: nothing crashes or hangs, a
/// verdict and its reasons agree, and a value that was read means the same when written again.
///
/// The bytes before the first newline are the schema, those behind it the value.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let cut = bytes.firstIndex(of: 0x0A) ?? bytes.count
    let schema = Array(bytes[..<cut])
    let value = Array(bytes[min(cut + 1, bytes.count)...])
    for format in Format.allCases { _ = format.accepts(value.raw) }
    if let pattern = try? Pattern(String(decoding: schema, as: UTF8.self)) {
        _ = pattern.matches(value.raw)
    }
    check(schema, value)
    if let document = try? OpenAPIDocument(schema.raw) { ask(document, value) }
    return 0
}

private func check(_ schema: [UInt8], _ value: [UInt8]) {
    var options = SchemaOptions()
    options.stepsMax = 100_000
    guard let compiled = try? JSONSchema(schema.raw, options: options) else { return }
    var tape = JSONTape()
    guard let root = try? tape.parse(value.raw) else { return }
    var scratch = SchemaScratch()
    let fits = compiled.accepts(root, using: &scratch)
    let issues = compiled.issues(in: root, using: &scratch)
    require(fits == issues.isEmpty, "a verdict without its reasons")
    require(issues.count <= options.issuesMax, "more issues than the bound")
    var json = JSONWriter()
    FieldFilter.copy(root, to: &json)
    let written = json.finish()
    var again = JSONTape()
    guard let copy = try? again.parse(written.raw) else {
        require(false, "a value written as broken JSON")
        return
    }
    require(compiled.accepts(copy, using: &scratch) == fits, "a copy that means something else")
}

private func ask(_ document: OpenAPIDocument, _ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    var scratch = OpenAPIScratch()
    for operation in document.operations.prefix(8) {
        _ = operation.parameterIssues(
            path: ["id": text], query: text, headers: [("x", text)], cookies: [("c", text)],
            using: &scratch)
        for type in ["application/json", "application/x-www-form-urlencoded", "text/plain"] {
            _ = operation.bodyVerdict(bytes.raw, mediaType: type, using: &scratch)
            _ = operation.responseVerdict(
                status: 200, mediaType: type, body: bytes.raw, using: &scratch)
        }
        let stripped = operation.strippedResponse(
            status: 200, mediaType: "application/json", body: bytes.raw, using: &scratch)
        guard let stripped else { continue }
        let again = operation.strippedResponse(
            status: 200, mediaType: "application/json", body: stripped.raw, using: &scratch)
        require(again == stripped, "stripped twice, and something more is gone")
    }
    _ = document.operation(method: "GET", path: text)
}

private func require(_ holds: Bool, _ claim: StaticString) {
    guard !holds else { return }
    fatalError("\(claim)")
}
