import GatehouseCore
import GatehouseHTTP

/// The pages at `/account`: sign-in, registration, second factor, sessions. One document, one
/// style sheet, one script, all of this host; nothing is loaded from elsewhere and nothing runs
/// inline, so that the policy can say so.
enum AccountPages {
    private static let script = MediaType("text/javascript; charset=utf-8")
    private static let style = MediaType("text/css; charset=utf-8")
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    static func routes(_ api: AccountsAPI) -> [Application.DeclaredRoute] {
        [
            api.route(.get, "/account", .anyone) { _ in try page(.html, AccountPage.html) },
            api.route(.get, "/account/app.js", .anyone) { _ in try page(script, AccountScript.text)
            },
            api.route(.get, "/account/style.css", .anyone) { _ in try page(style, AccountStyle.text)
            },
        ]
    }

    private static func page(_ type: MediaType?, _ text: String) throws -> Response {
        var response = Response(contentType: type, body: .bytes(Array(text.utf8)))
        try response.fields.set(.contentSecurityPolicy, policy)
        return response
    }
}
