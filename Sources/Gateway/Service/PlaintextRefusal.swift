import GatehouseCore
import GatehouseHTTP

/// Answers on a listener in clear: a page load is sent to HTTPS, an API call is refused.
///
/// An API call in clear has already shown its credential to the network; a redirect would hide that
/// mistake (OWASP ASVS 4.1.2). The redirect's target is the configured host and never anything that
/// the client sent but path and query.
struct PlaintextRefusal: Control {
    /// Listeners (by position) that redirect or refuse.
    private let listeners: Set<Int>
    private let origin: [UInt8]

    /// - Parameter origin: scheme and authority to redirect to, such as `https://api.example.com`.
    init(listeners: Set<Int>, origin: String) {
        self.listeners = listeners
        self.origin = Array(origin.utf8)
    }

    func before(_ request: Request) throws(Rejection) -> Response? {
        guard !listeners.isEmpty, listeners.contains(request.listener) else { return nil }
        if request.isHealthCheck { return nil }
        guard isPageLoad(request) else { throw refusal(request) }
        let head = request.head
        var response = Response(status: 308)
        response.fields.append(.location) { value in
            value.append(contentsOf: origin)
            value.append(head.bytes(head.path))
            if let query = head.query {
                value.append(UInt8(ascii: "?"))
                value.append(head.bytes(query))
            }
        }
        return response
    }

    private func isPageLoad(_ request: Request) -> Bool {
        guard request.method == .get || request.method == .head else { return false }
        guard !carriesCredential(request), let accept = request[.accept] else { return false }
        return accept.split(separator: ",").contains { part in
            part.prefix { $0 != ";" }.trimmingSpaces.lowercased() == "text/html"
        }
    }

    private func carriesCredential(_ request: Request) -> Bool {
        request.head.contains(.authorization) || request.head.contains(.xAPIKey)
    }

    private func refusal(_ request: Request) -> Rejection {
        Rejection(
            403, .plaintextRefused,
            detail: carriesCredential(request)
                ? "a credential crossed the network in clear: revoke it" : "API call in clear")
    }
}
