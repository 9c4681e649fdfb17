import GatehouseCore
import GatehouseTransport

extension RedisLink {
    /// Most times that one command is sent on, and most waits for a cluster that reorders itself.
    private static let redirectionsMax = 5
    private static let retryTime = Duration.milliseconds(50)
    /// Between two looks at the map: a member that is gone must not keep the others busy.
    private static let mapPace = Duration.milliseconds(250)

    /// Sends a command to the member that holds its key's slot.
    func sendToCluster(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        if map.isEmpty { try await loadMap() }
        let slot = command.slot
        var target = slot.flatMap { map.member(for: $0) } ?? anyMember()
        var isAsking = false
        // What a cluster that is not whole said last.
        var unsettled: (error: RedisServerError, node: RedisNode)?
        for _ in 0...Self.redirectionsMax {
            guard let address = target else { throw .refused("CLUSTERDOWN") }
            let node = member(address)
            let reply: RedisReply
            do throws(RedisError) {
                reply = try await node.call(
                    command, after: isAsking ? RedisCommand("ASKING") : nil)
            } catch {
                // It may be gone for good, and others may hold its slots.
                refreshMap()
                throw error
            }
            guard case .error(let error) = reply else { return reply }
            isAsking = false
            unsettled = nil
            if let redirection = error.redirection {
                let host = redirection.host.isEmpty ? address.host : redirection.host
                let next = RedisAddress.tcp(host: host, port: redirection.port)
                target = next
                isAsking = !redirection.isLasting
                if redirection.isLasting {
                    map.move(redirection.slot, to: next)
                    refreshMap()
                }
            } else if error.code == "TRYAGAIN" || error.code == "CLUSTERDOWN" {
                unsettled = (error, node)
                await loop.sleep(for: Self.retryTime)
                refreshMap()
                target = slot.flatMap { map.member(for: $0) } ?? anyMember()
            } else if error.code == "READONLY" {
                refreshMap()
                return try judged(error, by: node)
            } else {
                return try judged(error, by: node)
            }
        }
        if let unsettled { return try judged(unsettled.error, by: unsettled.node) }
        throw .redirected
    }

    /// The member that holds a key now, by a map that was read for it.
    func holder(of key: [UInt8]) async throws(RedisError) -> RedisAddress {
        try await loadMap()
        guard let address = map.member(for: RedisSlot.of(key[...])) else {
            throw .refused("CLUSTERDOWN")
        }
        return address
    }

    private func anyMember() -> RedisAddress? { map.members.first }

    // MARK: Map

    /// Loads the map; who comes meanwhile waits for the same one.
    private func loadMap() async throws(RedisError) {
        if isLoadingMap {
            _ = try await RedisWaiter.suspend { mapWaiters.append($0) }.get()
            return
        }
        isLoadingMap = true
        let outcome: RedisOutcome
        do throws(RedisError) {
            map = try await fetchMap()
            keepMembers(Set(map.members).union(seeds))
            outcome = .success(.null)
        } catch { outcome = .failure(error) }
        isLoadingMap = false
        let waiting = mapWaiters
        mapWaiters = []
        for waiter in waiting { waiter.resume(outcome) }
        _ = try outcome.get()
    }

    /// Loads the map again while commands go on by the old one.
    private func refreshMap() {
        guard !isLoadingMap, MonotonicTime.now >= nextMap else { return }
        nextMap = .now + Self.mapPace
        loop.spawn { do throws(RedisError) { try await self.loadMap() } catch {} }
    }

    private var seeds: [RedisAddress] {
        if case .cluster(let seeds) = shared.configuration.layout { seeds } else { [] }
    }

    private func fetchMap() async throws(RedisError) -> RedisClusterMap {
        var last = RedisError.noMaster
        var asked: Set<RedisAddress> = []
        for address in map.members + seeds where asked.insert(address).inserted {
            do throws(RedisError) {
                let reply = try await member(address).call(RedisCommand("CLUSTER", "SLOTS"))
                if case .error(let error) = reply { throw error.error }
                guard let map = RedisClusterMap(reply, from: address) else {
                    throw .malformed("no map of slots")
                }
                return map
            } catch { last = error }
        }
        throw last
    }
}
