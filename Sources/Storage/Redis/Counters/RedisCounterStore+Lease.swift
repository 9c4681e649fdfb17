import GatehouseCore

extension RedisCounterStore {
    /// Spends what was taken in advance, and asks Redis for the rest, for more than is needed where
    /// a key comes often.
    func decideWithLeases(
        _ batch: inout LimitBatch, _ leases: LeaseTable, at now: MonotonicTime
    ) async throws(RedisError) {
        var remote = LimitBatch()
        var places = InlineArray<8, Int>(repeating: -1)
        for index in 0..<batch.count {
            if isLeased(batch[index]), leases.spend(&batch[index], at: now) { continue }
            let item = batch[index]
            places[remote.count] = index
            remote.append(
                rule: item.rule, key: item.key, cost: item.cost, isShadow: item.isShadow)
        }
        batch.isAdmitted = true
        guard remote.count > 0 else { return }
        let isLocal = { (index: Int) in !(0..<remote.count).contains { places[$0] == index } }
        do throws(RedisError) { try await take(&remote, leases, at: now) } catch {
            for index in 0..<batch.count where isLocal(index) { leases.unspend(batch[index]) }
            throw error
        }
        for index in 0..<remote.count { batch[places[index]] = remote[index] }
        guard !remote.isAdmitted else { return }
        batch.isAdmitted = false
        for index in 0..<batch.count where isLocal(index) {
            leases.unspend(batch[index])
            batch[index].decision.remaining += Int(batch[index].cost)
            batch[index].moment = LimitBatch.Item.tookNothing
        }
    }

    private func isLeased(_ item: LimitBatch.Item) -> Bool {
        !item.isShadow && item.cost > 0 && leaseUnits[item.rule] > 1
    }

    private func take(
        _ remote: inout LimitBatch, _ leases: LeaseTable, at now: MonotonicTime
    ) async throws(RedisError) {
        var bulks = InlineArray<8, UInt32>(repeating: 0)
        var leftovers = LimitCorrections()
        for index in 0..<remote.count where isLeased(remote[index]) {
            let (isHot, left) = leases.renew(remote[index].key, at: now)
            if isHot { bulks[index] = leaseUnits[remote[index].rule] }
            guard let left else { continue }
            leftovers.append(
                LimitCorrection(
                    rule: left.rule, key: remote[index].key, givingBack: left.left,
                    taken: left.moment))
        }
        // What is left of older leases goes back first: the request may need it.
        if leftovers.count > 0 { try await settleRemotely(leftovers, at: now) }
        if isCluster, remote.count > 1 {
            return try await decideOneByOne(&remote, at: now)
        }
        let taken = try await decideAtOnce(&remote, at: now, bulks: bulks)
        var spare = LimitCorrections()
        for index in 0..<remote.count where isLeased(remote[index]) && remote[index].hasTaken {
            let other = leases.note(
                remote[index], taken: taken[index], window: rules[remote[index].rule].window,
                at: now)
            guard let other else { continue }
            spare.append(
                LimitCorrection(
                    rule: other.rule, key: remote[index].key, givingBack: other.left,
                    taken: other.moment))
        }
        // The decision stands, whether this reaches Redis or not.
        guard spare.count > 0 else { return }
        do throws(RedisError) { try await settleRemotely(spare, at: now) } catch {}
    }
}
