public import GatehouseDefense
import GatehouseStorage
import Synchronization

/// The counters of an application's limits, for its code: what is left for a client, charging it,
/// giving back, and forgetting.
///
/// ```swift
/// let limits = app.limits
/// app.post("/webhook", access: .anyone) { request in
///     try await limits.penalize("default", .address(request.client), by: 50)
///     return .status(204)
/// }
/// ```
///
/// Does nothing before the application runs.
public final class Limits: Sendable {
    /// Why nothing was done.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// No limit has this name.
        case unknownLimit(String)
        /// The limit counts by something that is not known of the client.
        case unknownClient
        /// The limit's store can't be asked.
        case unavailable

        /// What happened.
        public var description: String {
            switch self {
            case .unknownLimit(let name): "no limit is called \(name)"
            case .unknownClient: "the limit counts by something that is not said of the client"
            case .unavailable: "the limit's store can't be asked"
            }
        }
    }

    /// What is left of one quota.
    public struct Standing: Hashable, Sendable {
        /// The limit's name.
        public var limit: String
        /// The tier; empty for the limit's own quota.
        public var tier: String
        /// The quota.
        public var quota: Int
        /// What is left of it.
        public var remaining: Int
        /// Seconds until there is more; 0 when the quota is whole.
        public var waitSeconds: Int
    }

    private struct State {
        var desks: [LimitDesk] = []
        var issuer = ""
    }

    private let state = Mutex(State())

    init() {}

    /// Takes over the limits of a configuration; `issuer` is who vouches where nobody is named.
    func adopt(_ desks: [LimitDesk], issuer: String) {
        state.withLock { $0 = State(desks: desks, issuer: issuer) }
    }

    /// The controls with their counters.
    var desks: [LimitDesk] { state.withLock { $0.desks } }

    /// Requests that limits make wait now.
    public var held: Int { desks.reduce(0) { $0 + $1.held } }

    /// Charges a client `amount` under a limit, perhaps more than is left.
    public func penalize(
        _ limit: String, _ client: LimitClient, by amount: Int = 1
    ) async throws(Failure) {
        try await change(limit, client) { (desk, client) throws(CounterStoreError) in
            try await desk.charge(client, policy: limit, amount: max(amount, 0), at: .now)
        }
    }

    /// Makes a client's quota under a limit whole again.
    public func reset(_ limit: String, _ client: LimitClient) async throws(Failure) {
        try await change(limit, client) { (desk, client) throws(CounterStoreError) in
            try await desk.reset(client, policy: limit)
        }
    }

    /// What is left for a client, of the limits that count by what is known of it.
    public func standings(
        of client: LimitClient, limit: String? = nil
    ) async throws(Failure) -> [Standing] {
        let client = resolved(client)
        var found: [Standing] = []
        for desk in desks {
            do throws(CounterStoreError) {
                for one in try await desk.standings(of: client, policy: limit, at: .now) {
                    found.append(
                        Standing(
                            limit: one.policy, tier: one.tier, quota: one.quota,
                            remaining: one.remaining, waitSeconds: one.waitSeconds))
                }
            } catch { throw .unavailable }
        }
        return found
    }

    /// Forgets a client's counters, of one limit or of all; how many, by limit.
    func reset(
        _ client: LimitClient, limit: String?
    ) async throws(Failure) -> [(limit: String, count: Int)] {
        let client = resolved(client)
        var found: [(limit: String, count: Int)] = []
        for desk in desks {
            for policy in desk.policies where limit == nil || policy.name == limit {
                do throws(CounterStoreError) {
                    let count = try await desk.reset(client, policy: policy.name)
                    if count > 0 { found.append((policy.name, count)) }
                } catch { throw .unavailable }
            }
        }
        return found
    }

    /// Forgets all counters of a limit; false where its store keeps no list of them.
    func reset(all limit: String) -> Bool {
        desks.contains { $0.reset(policy: limit) }
    }

    /// Where nobody says who vouches, the gate's own accounts are meant, or the only issuer.
    private func resolved(_ client: LimitClient) -> LimitClient {
        var client = client
        if client.issuer == nil { client.issuer = state.withLock { $0.issuer } }
        return client
    }

    private func change(
        _ limit: String, _ client: LimitClient,
        _ body: (LimitDesk, LimitClient) async throws(CounterStoreError) -> Int
    ) async throws(Failure) {
        guard let desk = desks.first(where: { $0.policies.contains { $0.name == limit } }) else {
            throw .unknownLimit(limit)
        }
        let count: Int
        do throws(CounterStoreError) { count = try await body(desk, resolved(client)) } catch {
            throw .unavailable
        }
        if count == 0 { throw .unknownClient }
    }
}
