import GatehouseCore
import GatehouseValidation

/// Joi's descriptions and values on any bytes: nothing crashes or hangs, what a schema rewrites is
/// JSON, and the quick check never vouches for what the full one refuses.
///
/// The bytes before the first newline are the description, those behind it the value.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let cut = bytes.firstIndex(of: 0x0A) ?? bytes.count
    let description = Array(bytes[..<cut])
    let value = Array(bytes[min(cut + 1, bytes.count)...])
    check(description, value, .init())
    check(description, value, .compatible)
    return 0
}

private func check(_ description: [UInt8], _ value: [UInt8], _ options: JoiSchema.Options) {
    var options = options
    options.compiled.work.stepsMax = 10_000
    var tape = JSONTape()
    guard let root = try? tape.parse(description.raw),
        let schema = try? JoiSchema.compile(root, options: options)
    else { return }
    var values = JSONTape()
    guard let input = try? values.parse(value.raw) else { return }
    let isVouched = schema.vouches(for: input)
    switch schema.check(input, at: WallTime(seconds: 0)) {
    case .fits: return
    case .refused(let issues):
        require(!isVouched, "the quick check let a bad value through")
        require(!issues.isEmpty && issues.count <= 32, "a verdict without its reasons")
    case .rewritten(let json):
        require(!isVouched, "the quick check missed a change")
        var limits = JSONLimits()
        limits.bytesMax = .mebibytes(64)
        limits.stringBytesMax = .mebibytes(64)
        limits.depthMax = 256
        var again = JSONTape()
        require((try? again.parse(json.raw, limits: limits)) != nil, "a value rewritten as no JSON")
    }
}

private func require(_ holds: Bool, _ claim: StaticString) {
    guard !holds else { return }
    fatalError("\(claim)")
}
