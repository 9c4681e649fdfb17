import GatehouseHTTP

extension Rejection.Code {
    /// The one sentence that clients read: fixed text per code, so that nothing internal can get in
    /// (RFC 9457 section 3.1.3). docs/PROBLEMS.md repeats it, and a test compares.
    package var title: StaticString {
        switch self {
        case .malformedRequest: "The request is not valid HTTP."
        case .headersTooLarge: "The request's header fields are too large or too many."
        case .targetTooLong: "The request's target is too long."
        case .pathRefused: "The request's path holds something that is not allowed."
        case .versionNotSupported: "This version of HTTP is not supported."
        case .contentTooLarge: "The request's body is too large."
        case .requestTimeout: "The request came too slowly."
        case .expectationFailed: "The request expects something that is not supported."
        case .plaintextRefused: "This API is only available over HTTPS."
        case .misdirected: "This server does not answer for the requested host."
        case .tooManyConnections: "There are too many connections."
        case .upgradeRefused: "Changing the protocol is not supported."
        case .noRoute: "There is nothing here."
        case .methodNotAllowed: "This method is not allowed here."
        case .originNotAllowed: "Pages of this origin may not make this request."
        case .rateLimited: "There were too many requests."
        case .tokenMissing: "Authentication is required."
        case .tokenInvalid: "The credential is not valid."
        case .tokenExpired: "The credential has expired."
        case .forbidden: "The caller may not do this."
        case .refused: "The request is refused."
        case .notAcceptable: "None of the acceptable media types is available."
        case .unsupportedMediaType: "The body's media type is not supported."
        case .invalidInput: "The request's content is not valid."
        case .injectionRefused: "The request's content holds a name that is not allowed."
        case .notFound: "The requested object was not found."
        case .credentialsInvalid: "Address and password do not belong together."
        case .emailUnconfirmed: "The address must be confirmed first."
        case .passwordRefused: "This password is not accepted."
        case .codeInvalid: "The code is wrong, used or too old."
        case .linkInvalid: "The link is unknown, used or too old."
        case .challengeInvalid: "The sign-in took too long or had too many tries."
        case .refreshInvalid: "The session is over."
        case .registrationClosed: "Accounts can't be registered here."
        case .factorRequired: "This account must keep a second factor."
        case .stepUpRequired: "A fresh sign-in is needed for this."
        case .crossSiteRefused: "Another site may not make this request."
        case .unavailable: "The server can't do this at the moment."
        case .conflict: "The request conflicts with the current state."
        case .internalError: "Something went wrong on the server."
        case .handlerTimeout: "The server took too long."
        case .upstreamUnavailable: "The service behind this server can't be reached."
        case .upstreamInvalid: "The service behind this server gave an answer that is not valid."
        case .upstreamTimeout: "The service behind this server took too long."
        case .upstreamError: "The service behind this server answered with an error."
        case .overloaded: "The server has too much to do."
        case .reducedCapacity: "The server serves fewer requests for the moment."
        case .shuttingDown: "The server is shutting down."
        }
    }

    /// Whether the problem type is a registered one, and the code its name there
    /// (draft-ietf-httpapi-ratelimit-headers-10 section 5).
    var isRegistered: Bool { self == .reducedCapacity }
}
