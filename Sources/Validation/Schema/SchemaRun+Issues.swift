import GatehouseCore

extension SchemaRun {
    /// Longest name that an issue's pointer repeats; beyond, it ends above the member.
    private static let nameMax = 256

    /// False; notes what is wrong, if anybody wants to know.
    func fail(
        _ scratch: inout SchemaScratch, _ keyword: StaticString,
        _ message: @autoclosure () -> String, expected: @autoclosure () -> String? = nil
    ) -> Bool {
        guard scratch.isCollecting, scratch.issues.count < scratch.issuesMax else { return false }
        scratch.issues.append(
            ValidationIssue(
                pointer: pointer(scratch.path), keyword: "\(keyword)", message: message(),
                expected: expected()))
        return false
    }

    /// The place that `path` leads to.
    func pointer(_ path: [SchemaScratch.Step]) -> String {
        var text = ""
        for step in path {
            switch step {
            case .element(let ordinal): text += "/\(ordinal)"
            case .member(let name):
                guard nodes[name].count <= Self.nameMax else { return text }
                text += "/" + (value(name).string ?? "").pointerEscaped
            }
        }
        return text
    }

    /// What is to be said when the work was given up.
    static func issue(_ refusal: SchemaScratch.Refusal) -> ValidationIssue {
        let message =
            switch refusal {
            case .depth: "is nested too deeply to be checked"
            case .steps: "is too much work to be checked"
            case .pattern: "has a text that is too much work to be checked"
            }
        return ValidationIssue(pointer: "", keyword: "limit", message: message)
    }
}
