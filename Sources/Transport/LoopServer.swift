import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP

/// One loop's share of the server: its listeners, its connections, its caches.
///
/// `@unchecked Sendable`: touched on its loop's thread alone, once it runs.
final class LoopServer: @unchecked Sendable {
    let loop: EventLoop
    let table: ConnectionTable
    private(set) var snapshot: ServerSnapshot
    private(set) var isDraining = false
    /// Whether answers end their connections.
    private(set) var isLeaving = false
    let storage: LoopStorage
    /// Unpredictable words for ids of requests and spans.
    private let random = RandomPool()
    let handshakes: HandshakeGate
    private var listeners: [Listener] = []
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var spareRequests: [Request] = []
    private var dateText: [UInt8] = []
    private var dateSecond = Int64.min
    private var whenEmpty: (() -> Void)?

    init(_ loop: EventLoop, table: ConnectionTable, snapshot: ServerSnapshot) {
        self.loop = loop
        self.table = table
        self.snapshot = snapshot
        storage = LoopStorage(home: LoopContext(loop))
        handshakes = HandshakeGate(on: loop, snapshot.limits.floods)
        loop.backlog = handshakes
        configureLoad()
        loop.lagged = { [unowned self] lag, now in noteLag(lag, now) }
    }

    private func configureLoad() {
        let floods = snapshot.limits.floods
        storage.load.configure(target: floods.lagTarget, interval: floods.lagInterval)
    }

    private func noteLag(_ lag: Duration, _ now: MonotonicTime) {
        observe(.lag(lag))
        let was = storage.load.pressure.level
        guard storage.load.sample(lag: lag, at: now) else { return }
        observe(.pressure(storage.load.pressure.level, was: was))
    }

    func listen(_ settings: ListenerSettings, position: Int, descriptor: Int32) throws(ListenError)
    {
        let listener = try Listener(on: loop, descriptor: descriptor, position: position) {
            [unowned self] socket in accepted(socket, settings, position)
        }
        listeners.append(listener)
    }

    /// Until its header names the client, a proxied connection counts in the total alone.
    private func accepted(_ socket: Socket, _ settings: ListenerSettings, _ position: Int) {
        let peer = socket.peer
        // Reset while it waited: it has no address any more, and nobody to answer.
        guard !peer.0.isUnspecified else { return socket.close() }
        let isExempt = settings.expectsProxyHeader || snapshot.limits.floods.isExempt(peer.0)
        guard admits(peer.0, isExempt: isExempt, isKnown: !settings.expectsProxyHeader) else {
            return socket.closeResetting()
        }
        let connection = HTTPConnection(
            socket, self, listener: settings, index: position, peer: peer, isExempt: isExempt)
        connections[ObjectIdentifier(connection)] = connection
        connection.start()
    }

    /// Counts a connection in, or says which limit refused it. A client that is not known yet can't
    /// be blocked.
    func admits(_ client: IPAddress, isExempt: Bool, isKnown: Bool = true) -> Bool {
        if isKnown, snapshot.isBlocked?(client) == true {
            refuse(client, .blocked)
            return false
        }
        do throws(ConnectionTable.Refused) {
            try table.admit(client, isExempt: isExempt, snapshot.limits, at: .now)
            return true
        } catch {
            observe(.refused(error.why, peer: client, unreported: error.unreported))
            return false
        }
    }

    /// Reports a client that was cut off for being slow.
    func cut(_ client: IPAddress, _ what: ConnectionEvent.Slowness) {
        observe(.cut(what, peer: client, unreported: table.noteCut(client, at: .now)))
    }

    /// Reports a refusal that was not the table's.
    func refuse(_ client: IPAddress, _ why: ConnectionEvent.Refusal) {
        let refused = table.note(why, client, at: .now)
        observe(.refused(refused.why, peer: client, unreported: refused.unreported))
    }

    func observe(_ event: ConnectionEvent) {
        snapshot.service.observed(event, loop: loop.index)
    }

    /// A connection's task is done.
    func ended(_ connection: HTTPConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        observe(.closed)
        if isDraining, connections.isEmpty { reportEmpty() }
    }

    /// Takes over a new configuration; requests in flight finish under the old one.
    func adopt(_ snapshot: ServerSnapshot) {
        let old = self.snapshot.limits.floods
        self.snapshot = snapshot
        storage.removeAll()
        let floods = snapshot.limits.floods
        handshakes.adopt(floods)
        // What was learnt of the load stays, unless it is measured by something else now.
        guard old.lagTarget != floods.lagTarget || old.lagInterval != floods.lagInterval else {
            return
        }
        let was = storage.load.pressure.level
        configureLoad()
        if was > 0 { observe(.pressure(0, was: was)) }
    }

    /// From now on answers end their connections.
    func announceEnd() { isLeaving = true }

    /// Stops accepting, ends idle connections, lets the others finish; `done` when all are gone.
    func drain(done: @escaping () -> Void) {
        isDraining = true
        isLeaving = true
        for listener in listeners { listener.close() }
        listeners = []
        whenEmpty = done
        for connection in Array(connections.values) { connection.drain() }
        if connections.isEmpty { reportEmpty() }
    }

    private func reportEmpty() {
        let report = whenEmpty
        whenEmpty = nil
        report?()
    }

    /// Cuts what is left when the drain's deadline passed.
    func cutAll() {
        for connection in Array(connections.values) { connection.cut() }
    }

    // MARK: Shared memory

    /// Names a request and the trace that it starts; never with empty ids.
    func identify(_ request: Request) {
        request.id = RequestID(high: random.next(), low: random.next() | 1)
        request.trace = TraceContext()
        request.trace.traceID = request.id
        request.trace.span = random.next() | 1
    }

    private static let spareRequestsMax = 64

    func borrowRequest() -> Request { spareRequests.popLast() ?? Request() }

    func giveBack(_ request: Request) {
        request.reset()
        keep(request)
    }

    /// Takes back a request that was reset.
    func keep(_ request: Request) {
        request.holder = nil
        if spareRequests.count < Self.spareRequestsMax { spareRequests.append(request) }
    }

    /// A timeout in the wheel's ticks; most requests ask for the same one.
    func ticks(_ timeout: Duration) -> Int64 {
        if timeout != lastTimeout {
            (lastTimeout, lastTicks) = (timeout, TimerWheel.ticks(timeout))
        }
        return lastTicks
    }
    private var lastTimeout = Duration.zero
    private var lastTicks: Int64 = 1

    /// `Date`'s value, rendered once a second.
    func date(at time: WallTime) -> [UInt8] {
        let second = time.seconds
        if second != dateSecond {
            dateSecond = second
            dateText.removeAll(keepingCapacity: true)
            CivilTime(time).appendHTTPDate(to: &dateText)
        }
        return dateText
    }
}
