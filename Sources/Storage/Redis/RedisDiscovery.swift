import GatehouseCore
import GatehouseTransport

/// Finds the master that sentinels watch over, and connects to it.
struct RedisDiscovery {
    let sentinels: [RedisAddress]
    let master: String
    let opening: RedisOpening
    /// Who we are to the sentinels.
    let credentials: RedisConfiguration.Credentials?

    /// Asks one sentinel after the other, until one names a server that says itself that it is the
    /// master: during a failover some still name the old one.
    func connect() async throws(RedisError) -> RedisConnection {
        var last = RedisError.noMaster
        for sentinel in sentinels {
            do throws(RedisError) {
                let address = try await ask(sentinel)
                return try await confirmed(try await opening.connect(to: address))
            } catch { last = error }
        }
        throw last
    }

    private func ask(_ sentinel: RedisAddress) async throws(RedisError) -> RedisAddress {
        let connection = try await opening.asking(credentials).connect(to: sentinel)
        defer { connection.end(.closed) }
        let reply = try await connection.call(
            RedisCommand("SENTINEL", "get-master-addr-by-name", master))
        guard let parts = reply.array, parts.count == 2, let host = parts[0].text,
            let port = parts[1].text.flatMap({ UInt16($0) }), port > 0, !host.isEmpty
        else { throw .noMaster }
        return .tcp(host: host, port: port)
    }

    private func confirmed(
        _ connection: RedisConnection
    ) async throws(RedisError) -> RedisConnection {
        let role: RedisReply
        do throws(RedisError) { role = try await connection.call(RedisCommand("ROLE")) } catch {
            connection.end(error)
            throw error
        }
        guard role.array?.first?.text == "master" else {
            connection.end(.noMaster)
            throw .noMaster
        }
        return connection
    }
}

extension RedisOpening {
    /// The same for a sentinel, which has no databases and passwords of its own.
    fileprivate func asking(_ credentials: RedisConfiguration.Credentials?) -> RedisOpening {
        RedisOpening(
            loop: loop, resolver: resolver, limits: limits, tls: tls, serverName: serverName,
            credentials: credentials, clientName: clientName, database: 0)
    }
}
