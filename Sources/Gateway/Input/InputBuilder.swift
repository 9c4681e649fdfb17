import GatehouseCore
import GatehouseObservability
import GatehouseValidation

/// Makes the input checks of routes from the configuration.
struct InputBuilder {
    private let settings: Configuration.Input
    private let logger: Logger
    private let folder: String
    /// For routes declared in Swift.
    let declared: InputCheck

    init(_ configuration: Configuration, _ logger: Logger) {
        settings = configuration.input
        folder = configuration.data
        self.logger = logger
        declared = InputCheck(Self.rules(settings), logger: logger, spoolFolder: folder)
    }

    /// The check of a route of the configuration; an answer of the gate's own reads nothing.
    func check(of route: Configuration.Route) -> InputCheck? {
        if case .respond = route.target { return nil }
        if route.contentTypes == nil, route.allowedNames.isEmpty, route.repeatable.isEmpty {
            return declared
        }
        var rules = Self.rules(settings)
        if let types = route.contentTypes { rules.contentTypes = types }
        rules.allowedNames = route.allowedNames
        rules.repeatable = route.repeatable
        return InputCheck(rules, logger: logger, spoolFolder: folder)
    }

    private static func rules(_ settings: Configuration.Input) -> InputRules {
        var rules = InputRules()
        rules.injection = settings.injection
        rules.contentTypes = settings.contentTypes
        rules.json.depthMax = settings.jsonDepthMax
        rules.json.membersMax = settings.jsonMembersMax
        rules.json.elementsMax = settings.jsonElementsMax
        rules.json.stringBytesMax = settings.jsonStringMax
        rules.form.fieldsMax = settings.parametersMax
        rules.multipart.filesMax = settings.filesMax
        rules.multipart.fileBytesMax = settings.fileMax
        rules.multipart.fileTypes = settings.fileTypes
        return rules
    }
}
