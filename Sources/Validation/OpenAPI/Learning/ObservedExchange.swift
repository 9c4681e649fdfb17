/// A request that was let in and answered well, and its answer: what teaches.
package struct ObservedExchange: Sendable {
    /// How the caller was known.
    package enum Caller: UInt16, CaseIterable, Sendable {
        case anonymous, bearer, cookie, apiKey
    }

    /// A body: its media type, and its bytes if they are to be looked at.
    package struct Body: Sendable {
        package var mediaType: String
        package var bytes: [UInt8]?

        package init(mediaType: String, bytes: [UInt8]?) {
            self.mediaType = mediaType
            self.bytes = bytes
        }
    }

    package var method: String
    /// As sent, percent-encoding and all.
    package var path: String
    /// A declared path that the request matched: `/users/{id}/*`.
    package var template: String
    package var query: String?
    /// Header fields that are no other part's, names in lower case.
    package var headers: [(name: String, value: String)] = []
    package var cookies: [(name: String, value: String)] = []
    /// A keyed hash of who sent it.
    package var client: UInt64 = 0
    package var caller = Caller.anonymous
    package var body: Body?
    package var status = 200
    package var answer: Body?
    /// Seconds since 1970.
    package var time: Int64 = 0

    package init(method: String, path: String, template: String, query: String?) {
        self.method = method
        self.path = path
        self.template = template
        self.query = query
    }
}
