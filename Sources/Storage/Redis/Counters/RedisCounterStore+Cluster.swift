import GatehouseCore

extension RedisCounterStore {
    /// Asks for one counter after the other, since they lie on different members. The first refusal
    /// ends the taking: what was taken is given back, and the rest is looked at only.
    func decideOneByOne(
        _ batch: inout LimitBatch, at now: MonotonicTime
    ) async throws(RedisError) {
        batch.isAdmitted = true
        do throws(RedisError) {
            // Those in shadow take only once all others have admitted.
            for isShadow in [false, true] {
                for index in 0..<batch.count where batch[index].isShadow == isShadow {
                    try await decideOne(&batch, index, at: now)
                }
            }
        } catch {
            // What the last member did is not known; what the others gave goes back.
            do throws(RedisError) {
                try await giveBack(&batch, at: now, andLook: false)
            } catch {}
            throw error
        }
        if !batch.isAdmitted { try await giveBack(&batch, at: now) }
    }

    private func decideOne(
        _ batch: inout LimitBatch, _ index: Int, at now: MonotonicTime
    ) async throws(RedisError) {
        let item = batch[index]
        var one = LimitBatch()
        one.append(rule: item.rule, key: item.key, cost: item.cost, isShadow: item.isShadow)
        try await decideAtOnce(&one, at: now, onlyLooks: !batch.isAdmitted)
        batch[index] = one[0]
        if !one.isAdmitted { batch.isAdmitted = false }
    }

    /// Gives back what items took, and tells what is left to each. A member that fails keeps
    /// nothing from the others.
    private func giveBack(
        _ batch: inout LimitBatch, at now: MonotonicTime, andLook: Bool = true
    ) async throws(RedisError) {
        var failure: RedisError?
        for index in 0..<batch.count where batch[index].hasTaken {
            var corrections = LimitCorrections()
            corrections.append(LimitCorrection(givingBack: batch[index].cost, of: batch[index]))
            do throws(RedisError) { try await correct(corrections, at: now) } catch {
                failure = error
                continue
            }
            batch[index].moment = LimitBatch.Item.tookNothing
            guard andLook, failure == nil else { continue }
            var one = LimitBatch()
            one.append(rule: batch[index].rule, key: batch[index].key, cost: 0)
            try await decideAtOnce(&one, at: now)
            batch[index].decision = one[0].decision
        }
        if let failure { throw failure }
    }
}
