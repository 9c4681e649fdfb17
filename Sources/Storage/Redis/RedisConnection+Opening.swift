import GatehouseCore
import GatehouseCrypto
import GatehouseTransport

/// What opening a connection needs besides an address.
struct RedisOpening {
    let loop: EventLoop
    let resolver: Resolver
    let limits: RedisLimits
    let tls: TLSClientContext?
    let serverName: String?
    let credentials: RedisConfiguration.Credentials?
    let clientName: String
    let database: Int

    /// Connects, encrypts, says who we are.
    func connect(to address: RedisAddress) async throws(RedisError) -> RedisConnection {
        let socket = try await reach(address)
        if let tls { try await secure(socket, tls, name: serverName ?? address.host) }
        let connection = RedisConnection(socket, address, limits: limits)
        connection.start()
        do throws(RedisError) { try await introduce(connection) } catch {
            connection.end(error)
            throw error
        }
        return connection
    }

    private func reach(_ address: RedisAddress) async throws(RedisError) -> Socket {
        do throws(SocketError) {
            guard case .tcp(let host, let port) = address else {
                return try Socket.connect(toPath: address.description, on: loop)
            }
            var last = SocketError.unreachable("ENOTFOUND")
            for ip in try await resolver.addresses(of: host) {
                do throws(SocketError) {
                    return try await Socket.connect(
                        to: ip, port: port, on: loop, timeout: limits.connectTimeout)
                } catch { last = error }
            }
            throw last
        } catch { throw RedisError(error) }
    }

    private func secure(
        _ socket: Socket, _ context: TLSClientContext, name: String
    ) async throws(RedisError) {
        do throws(TLSError) {
            socket.startTLS(try TLSSession(client: context, serverName: name))
        } catch {
            socket.abort()
            throw .unreachable("TLS: \(error.description)")
        }
        socket.deadline.set(after: limits.connectTimeout)
        do throws(SocketError) { try await socket.handshake() } catch {
            socket.abort()
            throw RedisError(error)
        }
        socket.deadline.clear()
    }

    /// RESP2, which hiredis reads; names and passwords in one round trip.
    private func introduce(_ connection: RedisConnection) async throws(RedisError) {
        var hello = RedisCommand("HELLO", "2")
        if let credentials {
            hello.append("AUTH")
            hello.append(credentials.user ?? "default")
            hello.append(credentials.password.dangerouslyRevealed)
        }
        hello.append("SETNAME")
        hello.append(clientName)
        try await expect(hello, connection)
        if database != 0 { try await expect(RedisCommand("SELECT", "\(database)"), connection) }
    }

    private func expect(
        _ command: RedisCommand, _ connection: RedisConnection
    ) async throws(RedisError) {
        if case .error(let error) = try await connection.call(command) { throw error.error }
    }
}

extension RedisError {
    init(_ error: SocketError) {
        switch error {
        case .disconnected: self = .disconnected
        case .timedOut: self = .timedOut
        case .unreachable(let why): self = .unreachable(why)
        case .tls(let why): self = .unreachable("TLS: \(why)")
        }
    }
}
