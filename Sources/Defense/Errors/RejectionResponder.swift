import GatehouseCore
package import GatehouseHTTP

/// The one place where a refusal becomes a response: a problem document (RFC 9457).
///
/// The cause never goes on the wire, in no mode: it stays in `detail` for the log, where the
/// request id finds it (PITFALLS 69, 70, 72). A refusal keeps its own status (PITFALLS 68).
package struct RejectionResponder: Sendable {
    /// `type` of a problem: this and the code. A name, not an address: nothing that could move,
    /// be parked or be fetched by clients.
    package static let typePrefix: StaticString = "urn:gatehouse:problem:"
    /// `type` of a problem that a specification names for everybody.
    package static let registeredTypePrefix: StaticString =
        "https://iana.org/assignments/http-problem-types#"
    /// Most characters of an unexpected error's description that the log gets.
    package static let detailCharactersMax = 1_024

    package init() {}

    /// The problem document of a refusal.
    package func response(for rejection: Rejection, request: Request) -> Response {
        var response = Response(
            status: rejection.status, contentType: .problem,
            body: .bytes(
                Self.document(rejection.status, rejection.code, request.id, rejection.members)))
        response.code = rejection.code
        response.detail = rejection.detail
        response.closesConnection = rejection.closesConnection
        response.fields = rejection.fields
        if let seconds = rejection.retryAfter {
            response.fields.remove(.retryAfter)
            response.fields.append(.retryAfter) { $0.append(decimal: max(seconds, 0)) }
        }
        return response
    }

    /// The problem document of whatever a handler threw: a refusal as itself, a broken body as its
    /// refusal, anything else as 500 with its description in the log alone.
    package func response(for error: any Error, request: Request) -> Response {
        if let rejection = error as? Rejection { return response(for: rejection, request: request) }
        if let broken = error as? BodyError {
            return response(for: Rejection(broken), request: request)
        }
        let detail = "\(type(of: error)): \(error)".prefix(Self.detailCharactersMax)
        return response(
            for: Rejection(500, .internalError, detail: String(detail)), request: request)
    }

    /// The bytes: fixed pieces, three digits and an id, in one piece of memory.
    static func document(
        _ status: Int, _ code: Rejection.Code, _ id: RequestID, _ members: [UInt8] = []
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.append("{\"type\":\"")
        if let registered = code.registeredType {
            bytes.append(registeredTypePrefix)
            bytes.append(registered)
            bytes.append("\",\"code\":\"")
        } else {
            bytes.append(typePrefix)
        }
        bytes.append(contentsOf: code.rawValue.utf8)
        bytes.append("\",\"title\":\"")
        bytes.append(code.title)
        bytes.append("\",\"status\":")
        bytes.append(decimal: status)
        bytes.append(",\"request_id\":\"")
        id.append(to: &bytes)
        bytes.append("\"")
        bytes.append(contentsOf: members)
        bytes.append("}")
        return bytes
    }
}

extension Rejection.Code {
    /// The registered problem type that the code is, if it is one.
    package var registeredType: StaticString? {
        switch self {
        case .rateLimited: "quota-exceeded"
        case .abnormalUsage: "abnormal-usage-detected"
        case .reducedCapacity: "temporary-reduced-capacity"
        default: nil
        }
    }
}
