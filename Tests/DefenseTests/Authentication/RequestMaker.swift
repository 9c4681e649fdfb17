import GatehouseCore
import GatehouseHTTP

/// A request to a route with this rule, at a moment, on a loop.
func makeRequest(
    _ fields: [(FieldName, String)] = [], access: AccessRule? = nil,
    storage: LoopStorage? = LoopStorage(), at seconds: Int64 = 1_800_000_000
) -> Request {
    let request = browserRequest(fields.map { ($0.0.description, $0.1) })
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
