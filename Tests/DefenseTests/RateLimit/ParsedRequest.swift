import GatehouseCore
import GatehouseHTTP
import Testing

/// A request that came over the wire and passed the parser.
func parsedRequest(
    _ path: String = "/", _ fields: [(String, String)] = [], method: String = "GET"
) -> Request {
    let request = Request()
    let buffer = Buffer(capacity: 65_536)
    let lines = ([("Host", "api.example.com")] + fields).map { "\($0.0): \($0.1)\r\n" }
    buffer.append(Array("\(method) \(path) HTTP/1.1\r\n\(lines.joined())\r\n".utf8))
    var parser = RequestParser()
    do throws(ParseError) {
        let isWhole = try parser.parse(buffer, into: request.head)
        #expect(isWhole)
    } catch { Issue.record("the parser refused: \(error)") }
    return request
}
