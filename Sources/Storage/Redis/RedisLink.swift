import GatehouseCore
import GatehouseTransport

/// One loop's part of a client: its connections.
///
/// `@unchecked Sendable`: confined to its loop's thread; other threads hold it to send work there.
final class RedisLink: @unchecked Sendable {
    let loop: EventLoop
    let shared: RedisShared
    private let opening: RedisOpening
    private let isCluster: Bool
    private var isClosed = false
    /// The one server that is spoken to, where there is one.
    private var primary: RedisNode?
    /// A cluster's members that were needed so far.
    private var members: [RedisAddress: RedisNode] = [:]
    var map = RedisClusterMap()
    var mapWaiters: [RedisWaiter] = []
    var isLoadingMap = false
    var nextMap = MonotonicTime(nanoseconds: .min)

    private static let membersMax = 1_024

    init(_ loop: EventLoop, _ shared: RedisShared) {
        self.loop = loop
        self.shared = shared
        let configuration = shared.configuration
        opening = RedisOpening(
            loop: loop, resolver: Resolver(on: loop), limits: configuration.limits,
            tls: shared.tls, serverName: configuration.encryption?.serverName,
            credentials: configuration.credentials, clientName: configuration.clientName,
            database: configuration.database)
        if case .cluster = configuration.layout { isCluster = true } else { isCluster = false }
    }

    /// Runs a command; where Redis says that another server is the right one, there.
    func send(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        guard !isClosed else { throw .closed }
        return isCluster ? try await sendToCluster(command) : try await sendToPrimary(command)
    }

    private func sendToPrimary(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        let node = primaryNode()
        let reply = try await node.call(command)
        guard case .error(let error) = reply else { return reply }
        guard error.code == "READONLY" else { return try judged(error, by: node) }
        // It was the master, and is no more: nothing was done, and another one is.
        node.leave(error.error)
        let second = try await node.call(command)
        guard case .error(let again) = second else { return second }
        return try judged(again, by: node)
    }

    func judged(
        _ error: RedisServerError, by node: RedisNode
    ) throws(RedisError) -> RedisReply {
        if error.isUnavailable { node.breaker.failed(error.error) }
        throw error.error
    }

    // MARK: Servers

    private func primaryNode() -> RedisNode {
        if let primary { return primary }
        let opening = opening
        let shared = shared
        let node: RedisNode
        switch shared.configuration.layout {
        case .single(let address):
            node = self.node(address.description) { () async throws(RedisError) in
                try await Self.prepared(try await opening.connect(to: address), shared)
            }
        case .sentinel(let sentinels, let master):
            let discovery = RedisDiscovery(
                sentinels: sentinels, master: master, opening: opening,
                credentials: shared.configuration.sentinelCredentials)
            node = self.node(master) { () async throws(RedisError) in
                try await Self.prepared(try await discovery.connect(), shared)
            }
        case .cluster: preconditionFailure("a cluster has no primary")
        }
        primary = node
        return node
    }

    private func node(
        _ server: String,
        _ open: @escaping () async throws(RedisError) -> RedisConnection
    ) -> RedisNode {
        RedisNode(
            on: loop, limits: shared.configuration.limits, breaker: shared.breaker(server),
            open: open)
    }

    /// A cluster's member.
    func member(_ address: RedisAddress) -> RedisNode {
        if let known = members[address] { return known }
        if members.count >= Self.membersMax {
            for node in members.values { node.close() }
            members = [:]
        }
        let opening = opening
        let shared = shared
        let made = node(address.description) { () async throws(RedisError) in
            try await Self.prepared(try await opening.connect(to: address), shared)
        }
        members[address] = made
        return made
    }

    /// Lets go of members that are no longer in the map.
    func keepMembers(_ addresses: Set<RedisAddress>) {
        for (address, node) in members where !addresses.contains(address) {
            members[address] = nil
            node.close()
            shared.forget(address.description)
        }
    }

    /// Scripts are there before the first command needs them.
    private static func prepared(
        _ connection: RedisConnection, _ shared: RedisShared
    ) async throws(RedisError) -> RedisConnection {
        for script in shared.scripts {
            let reply = try await connection.call(RedisCommand("SCRIPT", "LOAD", script.source))
            if case .error(let error) = reply {
                connection.end(error.error)
                throw error.error
            }
        }
        return connection
    }

    /// A connection of its own to the server that commands go to, for a subscriber.
    /// - Parameter key: in a cluster the one whose member is meant.
    func openAside(for key: [UInt8]) async throws(RedisError) -> RedisConnection {
        switch shared.configuration.layout {
        case .single(let address): return try await opening.connect(to: address)
        case .sentinel(let sentinels, let master):
            return try await RedisDiscovery(
                sentinels: sentinels, master: master, opening: opening,
                credentials: shared.configuration.sentinelCredentials
            ).connect()
        case .cluster: return try await opening.connect(to: try await holder(of: key))
        }
    }

    func close() {
        isClosed = true
        primary?.close()
        primary = nil
        for node in members.values { node.close() }
        members = [:]
    }
}
