import GatehouseCore
package import GatehouseHTTP

/// What happened, in the words of the OWASP Logging Vocabulary.
package enum SecurityEvent: String, CaseIterable, Sendable {
    /// A credential was refused.
    case authnLoginFail = "authn_login_fail"
    /// A credential was used after its end.
    case sessionUseAfterExpire = "session_use_after_expire"
    /// A caller was signed in.
    case authnLoginSuccess = "authn_login_success"
    /// Too many tries.
    case authnLoginFailMax = "authn_login_fail_max"
    /// An account or its codes were locked.
    case authnLoginLock = "authn_login_lock"
    /// A password was changed.
    case authnPasswordChange = "authn_password_change"
    /// A password was not changed, because its owner was not proved.
    case authnPasswordChangeFail = "authn_password_change_fail"
    /// A credential was made.
    case authnTokenCreated = "authn_token_created"
    /// A credential was revoked.
    case authnTokenRevoked = "authn_token_revoked"
    /// A credential that was used up came back.
    case authnTokenReuse = "authn_token_reuse"
    /// A credential was deleted.
    case authnTokenDelete = "authn_token_delete"
    /// Roles or permissions were changed.
    case privilegePermissionsChanged = "privilege_permissions_changed"
    /// An account was made.
    case userCreated = "user_created"
    /// An account was changed.
    case userUpdated = "user_updated"
    /// An account was deleted.
    case userDeleted = "user_deleted"
    /// A session was begun.
    case sessionCreated = "session_created"
    /// A session had ended when it was used.
    case sessionExpired = "session_expired"
    /// A caller asked for what it may not have.
    case authzFail = "authz_fail"
    /// A rate, connection or size limit refused.
    case excessRateLimitExceeded = "excess_rate_limit_exceeded"
    /// Input was refused by its form.
    case inputValidationFail = "input_validation_fail"
    /// A request held what no ordinary client sends: a broken or ambiguous message.
    case maliciousExtraneous = "malicious_extraneous"
    /// A path was written so as to reach something else.
    case maliciousDirectReference = "malicious_direct_reference"
    /// A page of another origin asked for what its origin may not have.
    case maliciousCORS = "malicious_cors"
    /// The gate begins to serve.
    case sysStartup = "sys_startup"
    /// The gate ends.
    case sysShutdown = "sys_shutdown"
    /// The gate took a new configuration.
    case sysRestart = "sys_restart"
    /// The gate ended without being asked to.
    case sysCrash = "sys_crash"
    /// A log or health check was switched off or failed.
    case sysMonitorDisabled = "sys_monitor_disabled"
    /// A log or health check works again.
    case sysMonitorEnabled = "sys_monitor_enabled"

    /// The event that a refusal is, if it is one: a path that doesn't exist, a missing credential
    /// and our own failures are not.
    package init?(refusal code: Rejection.Code) {
        switch code {
        case .tokenInvalid: self = .authnLoginFail
        case .tokenExpired: self = .sessionUseAfterExpire
        case .forbidden, .refused: self = .authzFail
        case .rateLimited, .abnormalUsage, .tooManyConnections: self = .excessRateLimitExceeded
        case .invalidInput, .unsupportedMediaType, .contentTooLarge, .headersTooLarge,
            .targetTooLong:
            self = .inputValidationFail
        case .malformedRequest, .injectionRefused: self = .maliciousExtraneous
        case .pathRefused: self = .maliciousDirectReference
        case .originNotAllowed, .crossSiteRefused: self = .maliciousCORS
        default: return nil
        }
    }

    /// How much it matters, as the vocabulary has it.
    package var level: LogLevel {
        switch self {
        case .authzFail, .sessionUseAfterExpire, .maliciousExtraneous, .maliciousDirectReference,
            .maliciousCORS:
            .critical
        case .sysStartup, .sysShutdown, .sysRestart, .sysMonitorEnabled, .authnLoginSuccess,
            .authnPasswordChange, .authnTokenCreated, .authnTokenRevoked, .authnTokenDelete,
            .userCreated, .userUpdated, .userDeleted, .sessionCreated, .sessionExpired:
            .info
        case .authnTokenReuse: .critical
        default: .warn
        }
    }
}

/// How a security event ended.
package enum SecurityOutcome: String, Sendable {
    /// The gate let it happen.
    case allowed
    /// The gate refused.
    case refused
    /// It happened to the gate, or the gate did it.
    case noted
}

extension Logger {
    /// Writes a security event: what, who, from where, with which end. Written at every level.
    ///
    /// `actor` is who acted, when no request says so.
    package func security(
        _ event: SecurityEvent, outcome: SecurityOutcome, request: Request? = nil,
        actor: String? = nil, fields: @autoclosure () -> LogFields = [:]
    ) {
        guard admits(event.rawValue) else { return }
        var items: LogFields = ["category": "security", "outcome": .public(outcome.rawValue)]
        if let request {
            items.append("request_id", .id(request.id))
            items.append("client", .address(request.client))
        }
        if let actor = actor ?? request?.principal?.subject { items.append("actor", .text(actor)) }
        if let request, let path = request.head.loggableText(request.head.path) {
            items.append("method", .text(request.method.rawValue))
            items.append("path", .text(path))
        }
        if let route = request?.route { items.append("route", .public(route.name)) }
        for (name, value) in fields().items { items.append(name, value) }
        write(event.level, event.rawValue, items)
    }

    /// Writes the security event that a refused request is, if it is one.
    package func security(_ request: Request, _ summary: ExchangeSummary) {
        guard let code = summary.code, let event = SecurityEvent(refusal: code) else { return }
        security(
            event, outcome: .refused, request: request,
            fields: [
                "status": .int(summary.status), "code": .public(code.rawValue),
                "detail": .text(summary.detail),
            ])
    }
}
