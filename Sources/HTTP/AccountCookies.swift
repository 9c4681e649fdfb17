/// Names of the cookies in which a browser keeps what signing in gave it. `__Host-` binds them to
/// this host, TLS and the whole path (RFC 6265bis section 4.1.3.2).
package enum AccountCookies {
    /// The access token.
    package static let access: StaticString = "__Host-gatehouse-access"
    /// The refresh token.
    package static let refresh: StaticString = "__Host-gatehouse-refresh"
    /// The secret of a known device.
    package static let device: StaticString = "__Host-gatehouse-device"
}
