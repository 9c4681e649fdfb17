import GatehouseCore
import Synchronization

/// Counts open connections, in all and per client, for all loops.
final class ConnectionTable: Sendable {
    private let state = Mutex(State())

    private struct State: ~Copyable {
        var total = 0
        var perClient: [IPAddress: Int] = [:]
    }

    enum Verdict { case admitted, tooMany, tooManyForClient }

    /// Counts a connection in, unless a limit is reached.
    func admit(_ client: IPAddress, max: Int, perClientMax: Int) -> Verdict {
        let key = Self.key(client)
        return state.withLock { state in
            guard state.total < max else { return .tooMany }
            let count = state.perClient[key, default: 0]
            guard count < perClientMax else { return .tooManyForClient }
            state.total += 1
            state.perClient[key] = count + 1
            return .admitted
        }
    }

    /// Counts a connection out.
    func release(_ client: IPAddress) {
        let key = Self.key(client)
        state.withLock { state in
            state.total -= 1
            guard let count = state.perClient[key] else { return }
            state.perClient[key] = count > 1 ? count - 1 : nil
        }
    }

    /// Connections open now.
    var total: Int { state.withLock { $0.total } }

    /// An IPv6 customer holds at least a /64: all of it counts as one client.
    private static func key(_ address: IPAddress) -> IPAddress {
        address.isIPv4 ? address : IPAddress(high: address.high, low: 0)
    }
}
