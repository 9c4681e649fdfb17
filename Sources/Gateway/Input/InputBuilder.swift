import GatehouseCore
import GatehouseIdentity
import GatehouseObservability
import GatehouseValidation

/// Makes the input checks of routes from the configuration.
struct InputBuilder {
    private let settings: Configuration.Input
    private let logger: Logger
    private let folder: String
    private let policy: AccessPolicy
    /// The configuration's own document.
    private let contract: OpenAPIContract?
    private let learner: TrafficLearner
    private let isLearning: Bool
    /// What a route is held to.
    private let validation: (Configuration.Route) -> Configuration.Validation
    /// For routes declared in Swift.
    private let declared: InputCheck
    private let forwarded: InputCheck

    init(
        _ configuration: Configuration, _ policy: AccessPolicy, _ logger: Logger,
        _ learner: TrafficLearner
    ) throws(ConfigurationError) {
        settings = configuration.input
        folder = configuration.data
        self.logger = logger
        self.policy = policy
        contract = try OpenAPIContract.load(configuration.validation, policy: policy)
        isLearning = configuration.validation.requests == .learn
        validation = { configuration.validation(of: $0) }
        self.learner = learner
        let rules = Self.rules(settings)
        declared = InputCheck(rules, logger: logger, spoolFolder: folder)
        forwarded = InputCheck(
            rules, contract: contract, learner: isLearning ? learner : nil, logger: logger,
            spoolFolder: folder)
    }

    /// The check of a route of the configuration; an answer of the gate's own reads nothing.
    func check(of route: Configuration.Route) throws(ConfigurationError) -> InputCheck? {
        if case .respond = route.target { return nil }
        if route.contentTypes == nil, route.allowedNames.isEmpty, route.repeatable.isEmpty,
            route.validation == nil
        {
            return forwarded
        }
        var rules = Self.rules(settings)
        if let types = route.contentTypes { rules.contentTypes = types }
        rules.allowedNames = route.allowedNames
        rules.repeatable = route.repeatable
        rules.multipart.repeatable = Set(route.repeatable)
        var contract = contract
        var isLearning = isLearning
        if route.validation != nil {
            let own = validation(route)
            contract = try OpenAPIContract.load(own, policy: policy)
            isLearning = own.requests == .learn
        }
        return InputCheck(
            rules, contract: contract, learner: isLearning ? learner : nil, logger: logger,
            spoolFolder: folder)
    }

    /// The check of a route that is declared in Swift: lists of its parameters may repeat.
    /// - Throws: `ConfigurationError` when its path has other parameters than its schema.
    func check(of route: Application.DeclaredRoute) throws(ConfigurationError) -> InputCheck {
        guard let schema = route.parameters else { return declared }
        let inPath = route.path.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { String($0.dropFirst().dropLast()) }
        if let names = schema.names(in: .path), Set(names) != Set(inPath) {
            throw .invalid("parameters", "'\(route.path)' has other parameters than its schema")
        }
        guard !schema.repeatable.isEmpty else { return declared }
        var rules = Self.rules(settings)
        rules.repeatable = schema.repeatable
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
