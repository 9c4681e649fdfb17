import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseIdentity
import Synchronization

/// Finds out who is calling by an API key of ours, in `Authorization: Bearer gk1_…` or `X-API-Key`.
///
/// A key that was right is remembered for a short while, so that a busy program does not ask the
/// database each time; a revoked one is refused at once all the same.
final class APIKeyAuthentication: Sendable {
    private struct Entry {
        let principal: Principal
        let until: MonotonicTime
    }

    private static let memory = Duration.seconds(30)
    private static let entriesMax = 10_000
    private static let keyBytesMax = 200

    private let runtime: AccountsRuntime
    private let bearer: BearerAuthentication
    private let known = Mutex<[String: Entry]>([:])

    init(_ runtime: AccountsRuntime, _ bearer: BearerAuthentication) {
        self.runtime = runtime
        self.bearer = bearer
    }

    /// Sets the principal of a request that brings an API key; leaves others alone.
    func authenticate(_ request: Request) async throws(Rejection) {
        guard let key = Self.key(of: request) else { return }
        let now = MonotonicTime.now
        let revocations = runtime.accounts.revocations
        if let entry = known.withLock({ $0[key] }), entry.until > now,
            entry.principal.expires > .now, !revocations.isRevoked(entry.principal)
        {
            request.principal = entry.principal
            return
        }
        let found = try await runtime.run { (accounts) throws(AccountError) in
            try accounts.authenticate(apiKey: key)
        }
        guard let found else { throw bearer.refusal(ofKey: "unknown API key") }
        request.principal = found
        known.withLock { known in
            if known.count >= Self.entriesMax { known = known.filter { $0.value.until > now } }
            if known.count >= Self.entriesMax { known.removeAll() }
            known[key] = Entry(principal: found, until: now + Self.memory)
        }
    }

    private static func key(of request: Request) -> String? {
        let head = request.head
        if let field = head.value(.xAPIKey), field.count <= keyBytesMax {
            let text = head.text(field)
            if Accounts.isAPIKey(text) { return text }
        }
        guard let field = head.value(.authorization), field.count <= keyBytesMax + 7 else {
            return nil
        }
        let text = head.text(field)
        guard text.utf8.count > 7, text.prefix(7).lowercased() == "bearer " else { return nil }
        let token = String(text.dropFirst(7))
        return Accounts.isAPIKey(token) ? token : nil
    }
}
