import GatehouseCore
import GatehouseHTTP
import Synchronization

/// Counts connections for all loops: those that are open, in all and per client, and what each
/// client used up of its allowances.
final class ConnectionTable: Sendable {
    private let state = Mutex(State())

    fileprivate struct State: ~Copyable {
        var total = 0
        var perClient: [IPAddress: Int] = [:]
        var addresses = AddressTable()
    }

    /// A limit that refused; `unreported` as in `ConnectionEvent.refused`.
    struct Refused: Error, Equatable {
        var why: ConnectionEvent.Refusal
        var unreported: Int
    }

    /// Counts a connection in, unless a limit is reached. Of an exempt one the total alone counts.
    func admit(
        _ client: IPAddress, isExempt: Bool, _ limits: ConnectionLimits, at now: MonotonicTime
    ) throws(Refused) {
        let refused: Refused? = state.withLock { state in
            guard let why = state.refusal(of: client, isExempt, limits, now) else { return nil }
            return state.refuse(client, why, now)
        }
        if let refused { throw refused }
    }

    /// Counts a connection out, as it was counted in.
    func release(_ client: IPAddress, isExempt: Bool) {
        let key = AddressTable.key(client)
        state.withLock { state in
            state.total -= 1
            guard !isExempt, let count = state.perClient[key] else { return }
            state.perClient[key] = count > 1 ? count - 1 : nil
        }
    }

    /// Connections open now.
    var total: Int { state.withLock { $0.total } }

    /// Takes a full handshake from a client's allowance, before it is made.
    func beginHandshake(
        _ client: IPAddress, _ allowance: RateAllowance, at now: MonotonicTime
    ) throws(Refused) {
        let refused: Refused? = state.withLock { state in
            let isTaken = state.addresses.with(client) {
                allowance.take(FloodLimits.fullHandshake, from: &$0.handshakes, at: now)
            }
            return isTaken ? nil : state.refuse(client, .handshakeRate, now)
        }
        if let refused { throw refused }
    }

    /// Says how a handshake ended: a cheap one gives most of its price back, one that broke off
    /// costs its price again, since it was our work alone.
    func endHandshake(
        _ client: IPAddress, _ allowance: RateAllowance, _ end: HandshakeEnd, at now: MonotonicTime
    ) {
        state.withLock { state in
            state.addresses.with(client) { record in
                switch end {
                case .cheap:
                    allowance.giveBack(FloodLimits.fullHandshake - 1, to: &record.handshakes)
                case .brokenOff:
                    allowance.charge(
                        FloodLimits.fullHandshake, to: &record.handshakes, at: now)
                }
            }
        }
    }

    enum HandshakeEnd {
        /// Resumed, or refused at its first message: no signature was made.
        case cheap
        /// Broken off after we had answered.
        case brokenOff
    }

    /// Notes a refusal that was decided elsewhere.
    func note(
        _ why: ConnectionEvent.Refusal, _ client: IPAddress, at now: MonotonicTime
    ) -> Refused {
        state.withLock { $0.refuse(client, why, now) }
    }

    /// Counts a client that was cut off for being slow; how many such are to be reported.
    func noteCut(_ client: IPAddress, at now: MonotonicTime) -> Int {
        state.withLock { $0.addresses.with(client) { $0.cuts.note(at: now) } }
    }

    /// Counts a request that is no HTTP; true when it bars the client from now on.
    func noteBadRequest(
        _ client: IPAddress, _ limits: FloodLimits, at now: MonotonicTime
    ) -> Bool {
        state.withLock { state in
            state.addresses.with(client) { record in
                if limits.badRequests.take(from: &record.badRequests, at: now) { return false }
                let isNew = record.barredUntil <= now.nanoseconds
                record.barredUntil = (now + limits.penalty).nanoseconds
                return isNew
            }
        }
    }
}

extension ConnectionTable.State {
    /// Counts in, or says what refuses. A refused connection uses nothing up.
    fileprivate mutating func refusal(
        of client: IPAddress, _ isExempt: Bool, _ limits: ConnectionLimits, _ now: MonotonicTime
    ) -> ConnectionEvent.Refusal? {
        let key = AddressTable.key(client)
        guard !isExempt else {
            guard total < limits.connectionsMax else { return .tooManyConnections }
            total += 1
            return nil
        }
        let isBarred = addresses.with(client) { $0.barredUntil > now.nanoseconds }
        guard !isBarred else { return .badRequests }
        guard total < limits.connectionsMax else { return .tooManyConnections }
        let count = perClient[key, default: 0]
        guard count < limits.perClientMax else { return .tooManyForClient }
        let isTaken = addresses.with(client) {
            limits.floods.connections.take(from: &$0.connections, at: now)
        }
        guard isTaken else { return .connectionRate }
        total += 1
        perClient[key] = count + 1
        return nil
    }

    fileprivate mutating func refuse(
        _ client: IPAddress, _ why: ConnectionEvent.Refusal, _ now: MonotonicTime
    ) -> ConnectionTable.Refused {
        let unreported = addresses.with(client) { $0.refusals.note(at: now) }
        return ConnectionTable.Refused(why: why, unreported: unreported)
    }
}
