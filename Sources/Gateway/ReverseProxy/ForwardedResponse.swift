import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseTransport

/// What a client receives of an upstream's answer: status, body, and the fields that neither
/// concern the hop nor tell what runs behind the gate.
struct ForwardedResponse: Sendable {
    private let dropped: FieldSet

    init() {
        var dropped = HopByHop.fields
        dropped.formUnion(FieldSet([.contentLength, .date, .xRequestID, .via, .gatehouseIdentity]))
        dropped.formUnion(LeakingHeaders.known)
        self.dropped = dropped
    }

    /// The response; its body streams from `connection`, which goes back to its pool afterwards.
    func response(
        from connection: UpstreamConnection, to request: Request
    ) throws(Rejection) -> Response {
        let head = connection.head
        if let rejection = UpstreamScrubber.replacement(for: head) {
            connection.finish()
            throw rejection
        }
        var response = Response(status: head.status)
        swap(&response.fields, &request.spareFields)
        copyFields(of: head, to: &response.fields)
        if connection.bodyLength == 0 {
            response.statedLength = statedLength(head, request)
            connection.finish()
        } else {
            response.body = .stream(connection, length: connection.bodyLength)
        }
        return response
    }

    private func copyFields(of head: MessageHead, to fields: inout Fields) {
        let nominated = HopByHop.nominated(by: head)
        for line in head.lines {
            if dropped.contains(line.id) { continue }
            if line.id == FieldName.unknown, LeakingHeaders.isLeaking(head.bytes(line.name)) {
                continue
            }
            if !nominated.isEmpty, nominated.contains(head.text(line.name).lowercased()) {
                continue
            }
            fields.append(id: line.id, name: head.bytes(line.name), trusted: head.bytes(line.value))
        }
    }

    /// The length that a HEAD or 304 answer states without a body.
    private func statedLength(_ head: MessageHead, _ request: Request) -> Int? {
        guard request.method == .head, let value = head.value(.contentLength) else { return nil }
        return Int(head.text(value))
    }
}
