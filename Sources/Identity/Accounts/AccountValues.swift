package import GatehouseCore

/// Who asks, as far as the network tells.
package struct ClientContext: Sendable {
    /// The client's address.
    package var address: IPAddress
    /// What it calls itself; cut and cleaned before it is kept.
    package var userAgent: String
    /// The secret of a device that signed in before, when it sends one.
    package var device: String?
    /// The request's id, for events.
    package var requestID: String

    /// A client at an address.
    package init(
        address: IPAddress, userAgent: String = "", device: String? = nil, requestID: String = ""
    ) {
        self.address = address
        self.userAgent = userAgent
        self.device = device
        self.requestID = requestID
    }
}

/// What a completed sign-in or refresh hands out.
package struct IssuedTokens: Sendable {
    /// The access token, a JWT.
    package let accessToken: [UInt8]
    /// When it ends.
    package let accessExpires: WallTime
    /// The refresh token, opaque; good for one use.
    package let refreshToken: Redacted<String>
    /// When it ends if it is not used.
    package let refreshExpires: WallTime
    /// The session's id.
    package let sessionID: String
    /// A secret for the device to keep, when it has none that counts.
    package let device: String?
}

/// Where a sign-in stands.
package enum SignInResult: Sendable {
    /// Done.
    case complete(IssuedTokens)
    /// The account has a second factor: its code comes next, with this challenge.
    case needsFactor(challenge: Redacted<String>)
    /// The account must have a second factor and has none: enrolment comes next.
    case mustEnrol(challenge: Redacted<String>)
}

/// An account as its owner sees it.
package struct AccountProfile: Equatable, Sendable {
    package let id: String
    package let email: String
    package let name: String
    package let isConfirmed: Bool
    package let roles: [String]
    package let tenant: String?
    package let hasFactor: Bool
    package let recoveryCodesLeft: Int
    package let isLocked: Bool
    package let created: WallTime
}

/// One of an account's sessions.
package struct SessionInfo: Sendable {
    package let id: String
    package let userAgent: String
    package let address: String
    package let created: WallTime
    package let lastSeen: WallTime
    package let isCurrent: Bool
}

/// A second factor that waits for its first code.
package struct TOTPEnrolment: Sendable {
    /// Base32, to be typed.
    package let secret: Redacted<String>
    /// `otpauth://`, to be scanned.
    package let uri: Redacted<String>
}

/// An API key, without its secret.
package struct APIKeyInfo: Sendable {
    package let id: String
    package let name: String
    package let permissions: [String]
    package let created: WallTime
    package let expires: WallTime
    package let lastUsed: WallTime?
}

/// Something that happened to an account, in the words of the OWASP Logging Vocabulary.
package struct AccountEvent: Sendable {
    /// What.
    package enum Kind: String, CaseIterable, Sendable {
        case loginSuccess = "authn_login_success"
        case loginFail = "authn_login_fail"
        case loginFailMax = "authn_login_fail_max"
        case loginLock = "authn_login_lock"
        case passwordChange = "authn_password_change"
        case passwordChangeFail = "authn_password_change_fail"
        case tokenCreated = "authn_token_created"
        case tokenRevoked = "authn_token_revoked"
        case tokenReuse = "authn_token_reuse"
        case tokenDelete = "authn_token_delete"
        case permissionsChanged = "privilege_permissions_changed"
        case userCreated = "user_created"
        case userUpdated = "user_updated"
        case userDeleted = "user_deleted"
        case sessionCreated = "session_created"
        case sessionExpired = "session_expired"
    }

    /// What happened.
    package let kind: Kind
    /// The account that it happened to, when it is known.
    package let account: String?
    /// Who asked.
    package let client: ClientContext?
    /// Fixed words on the circumstances; never a secret.
    package let detail: String
}
