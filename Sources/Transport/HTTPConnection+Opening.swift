import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP

extension HTTPConnection {
    /// PROXY header and TLS handshake, as the listener says; false when the connection is over.
    func open() async -> Bool {
        do throws(SocketError) {
            socket.startReading()
            if listener.expectsProxyHeader {
                guard try await readProxyHeader() else { return false }
            }
            if listener.transport == .https { try await shakeHands() }
            socket.deadline.set(after: limits.headerTimeout)
            return true
        } catch {
            noteFailure(error)
            socket.close()
            return false
        }
    }

    private func noteFailure(_ error: SocketError) {
        switch error {
        case .tls(let why):
            server.observe(.handshakeFailed(why, peer: client))
            endHandshake(socket.hasAnsweredHandshake ? .brokenOff : .cheap)
        case .timedOut:
            server.observe(.handshakeFailed("timed out", peer: client))
            server.cut(client, .handshake)
            if socket.hasAnsweredHandshake { endHandshake(.brokenOff) }
        case .disconnected, .unreachable:
            if socket.hasAnsweredHandshake { endHandshake(.brokenOff) }
        }
    }

    private func endHandshake(_ end: ConnectionTable.HandshakeEnd) {
        guard !isExempt else { return }
        server.table.endHandshake(client, limits.floods.handshakes, end, at: .now)
    }

    private func readProxyHeader() async throws(SocketError) -> Bool {
        var parser = ProxyProtocolParser()
        while true {
            do throws(ProxyProtocolError) {
                if let inbound = socket.inbound, let header = try parser.parse(inbound) {
                    return become(header)
                }
            } catch {
                server.observe(.proxyHeaderRefused("\(error)", peer: client))
                socket.close()
                return false
            }
            guard try await socket.fill() else { throw .disconnected }
        }
    }

    /// Counts the connection for the client that a PROXY header names; one that names none is the
    /// balancer's own, such as its health check.
    private func become(_ header: ProxyHeader) -> Bool {
        guard let source = header.source else { return true }
        server.table.release(client, isExempt: isExempt)
        (client, clientPort) = (source, header.sourcePort)
        isExempt = limits.floods.isExempt(client)
        counted = server.admits(client, isExempt: isExempt)
        if !counted { socket.closeResetting() }
        return counted
    }

    private func shakeHands() async throws(SocketError) {
        guard let context = snapshot.tls else { throw .tls("no certificate is loaded") }
        socket.expectTLS()
        try await socket.handshakeInput()
        try takeHandshake()
        while true {
            guard await server.handshakes.turn(for: client, goesOn: socket.session != nil) else {
                server.refuse(client, .handshakeQueue)
                throw .disconnected
            }
            // A session is memory: none is made for a client that says nothing.
            if socket.session == nil {
                do throws(TLSError) { socket.startTLS(try TLSSession(server: context)) } catch {
                    throw .tls(error.description)
                }
            }
            if try socket.advanceHandshake() { break }
            try await socket.handshakeInput()
        }
        let isResumed = socket.session?.isResumed == true
        server.observe(.handshakeDone(resumed: isResumed))
        guard isResumed, !isExempt else { return }
        server.table.endHandshake(client, limits.floods.handshakes, .cheap, at: .now)
    }

    /// Takes the price of a handshake; without it the connection ends before the handshake begins.
    private func takeHandshake() throws(SocketError) {
        guard !isExempt else { return }
        do throws(ConnectionTable.Refused) {
            try server.table.beginHandshake(client, limits.floods.handshakes, at: .now)
        } catch {
            server.observe(.refused(error.why, peer: client, unreported: error.unreported))
            throw .disconnected
        }
    }

    func noteSlowBody() { server.cut(client, .body) }

    /// Counts a request that is no HTTP; too many bar the client.
    func noteBadRequest() {
        guard !isExempt else { return }
        guard server.table.noteBadRequest(client, limits.floods, at: .now) else { return }
        server.observe(.barred(peer: client, duration: limits.floods.penalty))
    }
}

/// The clock of a head that did not come in one piece: a total, and a minimum rate after a grace.
struct SlowHead {
    private var began = Int64.min
    private var end = Int64.max

    /// Sets the connection's deadline for the next piece.
    mutating func wait(for socket: Socket, _ snapshot: ServerSnapshot) {
        if began == .min { (began, end) = (socket.deadline.now, socket.deadline.tick) }
        let bytes = socket.inbound?.count ?? 0
        let due = began &+ snapshot.headAllowance(bytes: bytes)
        let ticks = min(end, due) &- socket.deadline.now
        socket.deadline.set(afterTicks: max(ticks, 1))
    }
}

extension ServerSnapshot {
    /// Ticks that a head of so many bytes may have taken.
    func headAllowance(bytes: Int) -> Int64 {
        let earned = bytes * 1_000 / max(limits.headerRateMin, 1)
        return TimerWheel.ticks(limits.headerGrace + .milliseconds(Int64(earned)))
    }
}
