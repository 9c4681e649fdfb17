import GatehouseCore
import GatehouseHTTP

/// Requests as the parser would leave them, with the fields that a test names.
func makeRequest(
    _ fields: [(FieldName, String)] = [], access: AccessRule? = nil,
    storage: LoopStorage? = LoopStorage(), at seconds: Int64 = 1_800_000_000
) -> Request {
    let request = Request()
    let buffer = Buffer(capacity: 65_536)
    request.head.buffer = buffer
    for (name, value) in fields {
        let nameStart = buffer.count
        buffer.append(Array(name.description.utf8))
        let valueStart = buffer.count
        buffer.append(Array(value.utf8))
        request.head.lines.append(
            MessageHead.Line(
                id: name.id,
                name: ByteRange(start: nameStart, count: valueStart - nameStart),
                value: ByteRange(start: valueStart, count: buffer.count - valueStart)))
        request.head.present.insert(name.id)
    }
    request.receivedAt = WallTime(seconds: seconds)
    request.loopStorage = storage
    if let access {
        request.route = Route(
            name: "test", methods: [.get], pattern: "/test", access: access, index: 0)
    }
    return request
}

extension Control {
    /// What the control refuses with, or nil.
    func refusal(_ request: Request) -> Rejection? {
        do throws(Rejection) {
            _ = try before(request)
            return nil
        } catch { return error }
    }
}
