import GatehouseCore
import GatehouseValidation

/// What the input of a route must be before anything behind the gate sees it.
struct InputRules: Sendable {
    /// What happens to names that are operators, paths or prototypes, and to parameters that
    /// repeat.
    var injection = Configuration.Input.Injection.refuse
    /// Media types of bodies that are taken: `application/json`, `application/*+json`, `*/*`.
    var contentTypes = Configuration.Input.defaultContentTypes
    /// Names that mean what they say here, whatever they look like.
    var allowedNames: [String] = []
    /// Parameters that may repeat.
    var repeatable: [String] = []
    /// Bounds on JSON.
    var json = JSONLimits()
    /// Bounds on queries and forms.
    var form = FormLimits()
    /// Bounds on forms in parts.
    var multipart = MultipartLimits()

    init() {}
}
