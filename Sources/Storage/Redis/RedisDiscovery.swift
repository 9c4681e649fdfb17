import GatehouseCore
import GatehouseTransport

/// Finds the master that sentinels watch over, and connects to it.
struct RedisDiscovery {
    let sentinels: [RedisAddress]
    let master: String
    let opening: RedisOpening
    /// Who we are to the sentinels.
    let credentials: RedisConfiguration.Credentials?

    /// What a sentinel says.
    private struct Answer {
        let address: RedisAddress
        /// Grows with each failover.
        let epoch: Int64
    }

    /// Asks one sentinel after the other, until more than half have answered: one alone may not
    /// have heard of the last failover. The newest answer counts whose server says itself that it
    /// is the master.
    func connect() async throws(RedisError) -> RedisConnection {
        var last = RedisError.noMaster
        var answers: [Answer] = []
        for sentinel in sentinels where answers.count <= sentinels.count / 2 {
            do throws(RedisError) { answers.append(try await ask(sentinel)) } catch { last = error }
        }
        answers.sort { $0.epoch > $1.epoch }
        var tried: Set<RedisAddress> = []
        for answer in answers where tried.insert(answer.address).inserted {
            do throws(RedisError) {
                return try await confirmed(try await opening.connect(to: answer.address))
            } catch { last = error }
        }
        throw last
    }

    private func ask(_ sentinel: RedisAddress) async throws(RedisError) -> Answer {
        let connection = try await opening.asking(credentials).connect(to: sentinel)
        defer { connection.end(.closed) }
        let reply = try await connection.call(RedisCommand("SENTINEL", "MASTER", master))
        guard let parts = reply.array else { throw .noMaster }
        func value(_ name: String) -> String? {
            for index in stride(from: 0, to: parts.count - 1, by: 2)
            where parts[index].text == name {
                return parts[index + 1].text
            }
            return nil
        }
        guard let host = value("ip"), !host.isEmpty,
            let port = value("port").flatMap({ UInt16($0) }),
            port > 0, let epoch = value("config-epoch").flatMap({ Int64($0) })
        else { throw .noMaster }
        return Answer(address: .tcp(host: host, port: port), epoch: epoch)
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
