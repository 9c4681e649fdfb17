import GatehouseCore
package import GatehouseHTTP

/// The built-in upstream: answers with exactly what an API behind the gate would receive.
package final class EchoService: Service {
    /// Bytes of a body that are shown.
    private static let shownBodyMax = 16_384

    package init() {}

    package func prepare(_ request: Request) { request.body.limit = .mebibytes(1_024) }

    package func respond(to request: Request) async -> Response {
        var shown: [UInt8] = []
        var total = 0
        let piece = Buffer(capacity: 16_384)
        do throws(BodyError) {
            while try await request.body.read(into: piece) {
                total += piece.count
                if shown.count < Self.shownBodyMax { shown.append(piece.readable) }
                piece.clear()
            }
        } catch { return .status(400) }
        return .json(describe(request, body: shown, total: total))
    }

    private func describe(_ request: Request, body: [UInt8], total: Int) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("method")
        json.string(request.method.rawValue)
        json.key("path")
        json.string(request.path)
        json.key("query")
        if let query = request.query { json.string(query) } else { json.null() }
        json.key("headers")
        json.beginArray()
        for line in request.head.lines {
            json.beginArray()
            json.string(request.head.text(line.name))
            json.string(request.head.text(line.value))
            json.endArray()
        }
        json.endArray()
        json.key("body")
        json.string(body.raw)
        json.key("bodyBytes")
        json.number(total)
        json.endObject()
        return json.finish()
    }

    package func refuse(_ rejection: Rejection, _ request: Request) -> Response {
        var response = Response.status(rejection.status)
        response.closesConnection = true
        return response
    }

    package func completed(_ request: Request, _ exchange: ExchangeSummary) {}
    package func observed(_ event: ConnectionEvent, loop: Int) {}
}
