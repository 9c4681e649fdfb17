public import GatehouseCore

/// A value that fits its schema, as a Swift type. The text that it came from can't be reached from
/// here: what a handler has is what was checked, after all that the schema changes.
///
/// ```swift
/// let user = try Validated<User>(body, by: userSchema)
/// store(user.value)
/// ```
public struct Validated<Value: Decodable> {
    /// The value.
    public let value: Value
    /// The JSON that was checked and changed, for those who must pass it on.
    package let json: [UInt8]

    /// Reads, checks and decodes a JSON text.
    ///
    /// - Parameters:
    ///   - context: Values that references such as `$role` find.
    ///   - ignoresUnknownMembers: Lets members pass that the schema allows and the type lacks.
    /// - Throws: `ValidationFailure`: what it was that failed, and where.
    public init(
        _ text: [UInt8], by schema: CompiledSchema, limits: JSONLimits = JSONLimits(),
        context: [String: SchemaTerm] = [:], at time: WallTime? = nil, language: String? = nil,
        ignoresUnknownMembers: Bool = false
    ) throws(ValidationFailure) {
        var tape = JSONTape(forBytes: text.count)
        let verdict: CompiledSchema.Verdict
        do throws(JSONError) {
            let root = try tape.parse(text.raw, limits: limits)
            verdict = schema.check(root, context: context, at: time, language: language)
        } catch { throw .unreadable(error) }
        switch verdict {
        case .fits: json = text
        case .refused(let issues): throw .refused(issues)
        case .rewritten(let changed):
            json = changed
            do throws(JSONError) {
                // Rules may have made it longer, never deeper.
                var wider = limits
                wider.bytesMax = .mebibytes(1_023)
                wider.stringBytesMax = .mebibytes(1_023)
                wider.valuesMax = .max
                wider.membersMax = .max
                wider.elementsMax = .max
                wider.depthMax += SchemaNode.depthMax
                _ = try tape.parse(changed.raw, limits: wider)
            } catch { throw .unreadable(error) }
        }
        do throws(DecodingIssue) {
            value = try JSONDecoding.decode(
                Value.self, from: DecodedText(bytes: json, tape: tape),
                ignoresUnknownMembers: ignoresUnknownMembers)
        } catch { throw .undecodable(error) }
    }
}

extension Validated: Sendable where Value: Sendable {}

/// Why there is no validated value.
public enum ValidationFailure: Error, Equatable, Sendable {
    /// The text is no JSON or over a limit: 400, or 413 for its length.
    case unreadable(JSONError)
    /// The value does not fit the schema: 422.
    case refused([ValidationIssue])
    /// The schema lets something pass that the type can't hold: an error of the program.
    case undecodable(DecodingIssue)
}
