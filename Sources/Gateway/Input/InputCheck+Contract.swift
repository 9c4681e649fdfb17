import GatehouseCore
import GatehouseHTTP
import GatehouseObservability
import GatehouseValidation

/// Holding requests and answers to an OpenAPI document.
extension InputCheck {
    /// The operation that a request is; nil where no document is asked, or `report` or `learn` lets
    /// an undeclared one pass.
    func match(_ request: Request) throws(Rejection) -> OpenAPIMatch? {
        guard let contract, contract.settings.requests != .off else { return nil }
        do throws(Rejection) { return try contract.match(request) } catch {
            guard contract.settings.requests.letsPass else { throw error }
            report(request, "request", [Self.undeclared])
            return contract.find(request)
        }
    }

    private static let undeclared = ValidationIssue(
        pointer: "", keyword: "undeclared", message: "is not declared, or asks for more rights")

    /// - Throws: `Rejection` 422 with every issue; 400 and 415 for bodies that are none.
    func hold(
        _ request: Request, _ body: Body, to match: OpenAPIMatch
    ) throws(Rejection) {
        guard let contract else { return }
        let scratch = scratch(request)
        var issues: [ValidationIssue]
        do throws(Rejection) {
            issues = try contract.issues(
                request, match, body: body.bytes, mediaType: body.mediaType,
                json: jsonLimits(request),
                &scratch.contract)
            issues += body.issues
        } catch {
            guard contract.settings.requests.letsPass else { throw error }
            issues = [
                ValidationIssue(pointer: "", keyword: "body", message: error.detail)
            ]
        }
        guard !issues.isEmpty else { return }
        guard contract.settings.requests == .enforce else {
            return report(request, "request", issues)
        }
        var rejection = Rejection(422, .invalidInput, detail: Self.summary("request", issues))
        rejection.members = ValidationIssue.members(issues)
        throw rejection
    }

    /// Holds an answer to the document, says what the document says of the operation, and lets it
    /// teach.
    /// - Throws: `Rejection` 502 for an answer that does not fit.
    func checkAnswer(_ request: Request, _ answer: inout Response?) async throws(Rejection) {
        guard var response = answer.take() else { return }
        if let contract, contract.readsAnswers, let match = contract.find(request) {
            if contract.settings.answers != .off {
                try await judge(contract, match, request, &response)
            }
            contract.announce(match, in: &response.fields)
        }
        learner?.observe(request, &response)
        answer = response
    }

    private func judge(
        _ contract: OpenAPIContract, _ match: OpenAPIMatch, _ request: Request,
        _ response: inout Response
    ) async throws(Rejection) {
        let hasBody =
            request.method != .head && response.status != 304 && response.status != 204
        var bytes: [UInt8]?
        if hasBody {
            // What only a report is made of must not be held up, or cut, by being read.
            let isKnown = response.body.length.map { $0 <= ObjectGuard.answerMax } ?? false
            if contract.settings.answers == .report, !isKnown { return }
            let body = try await ObjectGuard.collect(response.body)
            response.body = .bytes(body)
            bytes = body
        }
        let scratch = scratch(request)
        let (issues, stripped) = contract.judge(response, bytes, match, &scratch.contract)
        if issues.isEmpty {
            if let stripped, hasBody, stripped != bytes {
                response.body = .bytes(stripped)
                response.fields.remove(.eTag)
            }
            return
        }
        guard contract.settings.answers != .report else {
            return report(request, "response", issues)
        }
        throw Rejection(502, .upstreamInvalid, detail: Self.summary("response", issues))
    }

    /// Pointers and keywords for the log; never a value.
    private static func summary(_ what: String, _ issues: [ValidationIssue]) -> String {
        let shown = issues.prefix(4).map { "\($0.pointer.prefix(128)) \($0.keyword)" }
        return "openapi: \(what): \(shown.joined(separator: ", "))"
            + (issues.count > 4 ? ", …" : "")
    }

    private func report(_ request: Request, _ what: String, _ issues: [ValidationIssue]) {
        logger?.security(
            .inputValidationFail, outcome: .noted, actor: request.principal?.subject,
            fields: [
                "request_id": .id(request.id), "client": .address(request.client),
                "control": "openapi", "what": .text(what),
                "detail": .text(Self.summary(what, issues)),
            ])
    }
}
