import GatehouseCore
@testable import GatehouseHTTP

/// A request with these fields, as the parser would leave it.
func browserRequest(
    _ method: Method = .get, secure: Bool = true, _ fields: [(String, String)]
) -> Request {
    let request = Request()
    let buffer = Buffer(capacity: 32_768)
    request.head.buffer = buffer
    request.head.method = method
    request.isSecure = secure
    for (name, value) in [("Host", "api.example.com")] + fields {
        let start = buffer.end
        buffer.append(Array(name.utf8))
        let place = buffer.end
        buffer.append(Array(value.utf8))
        let id = FieldName(name)?.id ?? FieldName.unknown
        request.head.lines.append(
            MessageHead.Line(
                id: id, name: ByteRange(start: start, count: place - start),
                value: ByteRange(start: place, count: buffer.end - place)))
        request.head.present.insert(id)
    }
    return request
}

/// A request without fields of its own.
func browserRequest(_ method: Method = .get, secure: Bool = true) -> Request {
    browserRequest(method, secure: secure, [])
}

/// A GET with these fields.
func browserRequest(_ fields: [(String, String)]) -> Request { browserRequest(.get, fields) }

/// Why `make` refuses to start, or nil if it starts.
func refusal(_ make: () throws -> Void) -> String? {
    do {
        try make()
        return nil
    } catch let error as ConfigurationError {
        return "\(error)"
    } catch {
        return nil
    }
}
