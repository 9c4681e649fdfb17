/// How a response is sent: what its head says about the body, and whether one follows (RFC 9110
/// section 6.4.1, RFC 9112 section 6).
package struct ResponseFraming: Equatable, Sendable {
    /// What the head says.
    package enum Field: Equatable, Sendable {
        /// Nothing.
        case none
        /// `Content-Length`.
        case contentLength(Int)
        /// `Transfer-Encoding: chunked`.
        case chunked
    }

    package var field: Field
    /// Whether the body's bytes follow the head.
    package var sendsBody: Bool
    /// Whether the connection's end is the body's end.
    package var closes: Bool

    package init(field: Field, sendsBody: Bool, closes: Bool) {
        self.field = field
        self.sendsBody = sendsBody
        self.closes = closes
    }

    /// Decides for a response to a request with this method and version.
    package init(for response: Response, method: Method, minorVersion: Int) {
        let length = response.body.length
        if response.status < 200 || response.status == 204 {
            self.init(field: .none, sendsBody: false, closes: false)
        } else if method == .head || response.status == 304 {
            // What a GET would have stated; an empty body states nothing unless it is said so.
            let stated = response.statedLength ?? (length == 0 ? nil : length)
            self.init(
                field: stated.map(Field.contentLength) ?? .none, sendsBody: false, closes: false)
        } else if let length {
            self.init(field: .contentLength(length), sendsBody: length > 0, closes: false)
        } else if minorVersion > 0 {
            self.init(field: .chunked, sendsBody: true, closes: false)
        } else {
            self.init(field: .none, sendsBody: true, closes: true)
        }
    }
}
