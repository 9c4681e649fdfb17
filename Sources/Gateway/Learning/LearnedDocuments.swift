import GatehouseCore
import GatehouseHTTP
package import GatehouseValidation

/// What a gate learned, for the command line; a gate may be running meanwhile.
package struct LearnedDocuments {
    private let file: LearnedFile
    private let configuration: Configuration

    package init(_ configuration: Configuration) {
        self.configuration = configuration
        file = LearnedFile(folder: configuration.data)
    }

    /// What the configuration asks of a proposal.
    package var rules: ProposalRules {
        var rules = ProposalRules()
        rules.requestsMin = configuration.validation.requestsMin
        rules.clientsMin = configuration.validation.clientsMin
        return rules
    }

    private func traffic() throws(StartError) -> OpenAPITraffic {
        switch file.load() {
        case .content(let content): return content.traffic
        case .none:
            throw StartError(
                "\(file.path): nothing was learned yet; a gate learns with "
                    + "`validation: { requests: learn }`")
        case .broken(let why): throw StartError("\(file.path): refused: \(why)")
        case .unreadable(let why): throw StartError("\(file.path): \(why)")
        }
    }

    /// The document that says what traffic was like.
    package func proposal(_ rules: ProposalRules) throws(StartError) -> OpenAPIProposal {
        let proposal = OpenAPIProposal(
            try traffic(), rules, sessionCookie: "\(AccountCookies.access)")
        do throws(SchemaError) {
            _ = try OpenAPIDocument(proposal.document.json().raw, at: "proposal")
        } catch { throw StartError("the proposal cannot be enforced: \(error)") }
        return proposal
    }

    /// How the configuration's document, or that of a file, and traffic differ.
    package func differences(
        from path: String?, _ rules: ProposalRules
    ) throws(StartError) -> (differences: [OpenAPIDifference], leftOut: Int) {
        let document = try document(path)
        var rules = rules
        rules.hasMargin = false
        let seen = OpenAPIProposal(
            try traffic(), rules, sessionCookie: "\(AccountCookies.access)")
        let all = OpenAPIComparison.differences(document: document, traffic: seen.document)
        return (all, seen.leftOut.count)
    }

    private func document(_ path: String?) throws(StartError) -> DocumentTree {
        if let path { return try OpenAPIContract.tree(path) }
        let settings = [configuration.validation] + configuration.routes.compactMap(\.validation)
        if let path = configuration.validation.openAPI {
            return try OpenAPIContract.tree(path, configuration.validation)
        }
        let paths = Set(settings.compactMap(\.openAPI))
        guard paths.count == 1, let only = paths.first,
            let own = settings.first(where: { $0.openAPI == only })
        else {
            throw StartError(
                paths.isEmpty
                    ? "the configuration names no document: give a FILE"
                    : "routes have documents of their own: give a FILE")
        }
        return try OpenAPIContract.tree(only, own)
    }

    /// Forgets everything; false if there was nothing.
    package func reset() throws(StartError) -> Bool {
        try file.locked { () throws(StartError) in try file.remove() }
    }
}
