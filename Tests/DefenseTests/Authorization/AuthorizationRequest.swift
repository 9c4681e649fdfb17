import GatehouseCore

@testable import GatehouseHTTP

/// A request that was routed to `pattern` and judged as `principal`'s.
func routedRequest(
    _ target: String, _ pattern: String, object: ObjectRule, principal: Principal?,
    fields: [String] = [], at seconds: Int64 = 1_800_000_000
) throws -> Request {
    let request = Request()
    let lines = ["GET \(target) HTTP/1.1", "Host: example.com"] + fields
    let buffer = Buffer(capacity: 4_096)
    buffer.append(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
    var parser = RequestParser()
    _ = try parser.parse(buffer, into: request.head)
    let route = Route(
        name: pattern, methods: [.get], pattern: pattern, access: .signedIn, object: object,
        index: 0)
    let router = try Router(routes: [route])
    let head = request.head
    if case .found(let found) = router.match(request, host: head.bytes(request.hostRange)) {
        request.route = found
    }
    request.principal = principal
    request.receivedAt = WallTime(seconds: seconds)
    return request
}
