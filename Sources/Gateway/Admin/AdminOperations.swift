import GatehouseCore
import GatehouseHTTP

/// What commands may ask of a running gate, behind `AdminAccess`.
struct AdminOperations: Sendable {
    /// One operation. What it throws becomes a problem document.
    struct Operation: Sendable {
        let method: GatehouseHTTP.Method
        let path: String
        let run: @Sendable (Request) async throws(Rejection) -> Response
    }

    private let access: AdminAccess
    private let operations: [Operation]

    init(_ access: AdminAccess, _ operations: [Operation]) {
        self.access = access
        self.operations = operations
    }

    /// Whether a path is that of an operation.
    func owns(_ path: String) -> Bool { operations.contains { $0.path == path } }

    /// Runs an operation; the path is one of its own, the host was checked.
    func run(_ request: Request) async throws(Rejection) -> Response {
        try access.check(request)
        let path = request.path
        let found = operations.first { $0.path == path && $0.method == request.method }
        guard let found else { throw Rejection(405, .methodNotAllowed) }
        return try await found.run(request)
    }
}
