import GatehouseCore
import Testing

@testable import GatehouseValidation

/// The verdict of a schema on a JSON text, in short.
func verdict(
    _ schema: Schema, _ text: String, _ options: CompiledSchema.Options = .init(),
    context: [String: SchemaTerm] = [:], at time: WallTime? = nil, language: String? = nil
) throws -> String {
    let compiled = try schema.compiled(options)
    var tape = JSONTape()
    let bytes = Array(text.utf8)
    let root = try tape.parse(bytes.raw)
    switch compiled.check(root, context: context, at: time, language: language) {
    case .fits: return "fits"
    case .rewritten(let json): return String(decoding: json, as: UTF8.self)
    case .refused(let issues):
        return issues.map { "\($0.pointer) \($0.keyword)" }.joined(separator: ", ")
    }
}

/// The guide's schema of a user.
let guideUser = Schema.object {
    Field("email", .string.email().length(3...254).required())
    Field("password", .string.length(8...128).required())
    Field("name", .string.length(1...80).required())
    Field("age", .integer(in: 18...120))
}
