import GatehouseCore
package import GatehouseHTTP

/// Refuses requests that another site makes with this site's cookies (CSRF).
///
/// Asked before every request that may change something and that brings a cookie of ours: the
/// browser must say that the request comes from this site itself, by Fetch Metadata
/// (`Sec-Fetch-Site`), or where it is older by `Origin`. Requests with a token in `Authorization`
/// are not concerned: no browser sends one unasked.
package struct CrossSiteRefusal: Control {
    /// Asks wherever cookies are in use.
    package init() {}

    package func before(_ request: Request) throws(Rejection) -> Response? {
        if request.method.isSafe { return nil }
        let head = request.head
        guard
            request.isCookieAuthenticated
                || Cookies.value(of: AccountCookies.refresh, in: head) != nil
                || Cookies.value(of: AccountCookies.device, in: head) != nil
        else { return nil }
        guard Self.isSameOrigin(request) else {
            throw Rejection(
                403, .crossSiteRefused, detail: "a cookie with a request of another site")
        }
        return nil
    }

    /// Whether the browser vouches that the request comes from a page of this host.
    package static func isSameOrigin(_ request: Request) -> Bool {
        let head = request.head
        if let site = head.value(.secFetchSite) {
            return head.bytes(site).equals("same-origin") || head.bytes(site).equals("none")
        }
        guard let origin = head.value(.origin) else { return false }
        let text = head.bytes(origin)
        let scheme = request.isSecure ? 8 : 7
        guard text.byteCount > scheme else { return false }
        let start = text.slice(ByteRange(start: 0, count: scheme))
        guard request.isSecure ? start.equals("https://") : start.equals("http://") else {
            return false
        }
        let host = text.slice(ByteRange(start: scheme, count: text.byteCount - scheme))
        return host.equals(head.bytes(request.hostRange))
    }
}
