/// Why an account operation did not happen. Holds nothing that the caller did not send.
package enum AccountError: Error, Equatable, Sendable {
    /// Address and password do not belong together, or nobody is meant to know why not.
    case invalidCredentials
    /// The password is right, but the address was never confirmed.
    case emailUnconfirmed
    /// Too many tries; how long to wait.
    case throttled(seconds: Int)
    /// The new password is refused.
    case passwordRefused(PasswordRefusal)
    /// The text is no e-mail address.
    case emailInvalid
    /// A value is missing, too long or of another form: which.
    case invalid(String)
    /// The one-time or recovery code is wrong or used.
    case codeInvalid
    /// The link is unknown, used or too old.
    case linkInvalid
    /// The second step was not begun, took too long or had too many tries.
    case challengeInvalid
    /// The refresh token is unknown, used or ended with its session.
    case refreshInvalid
    /// The session of the credential is over.
    case sessionInvalid
    /// There is no such thing of this caller's.
    case notFound
    /// It is there already.
    case conflict
    /// Registration is closed.
    case registrationClosed
    /// The second factor of this account may not be removed.
    case factorRequired
    /// The database did not do it; for the log.
    case unavailable(String)
}
