import GatehouseCore
import Testing

@testable import GatehouseHTTP
@testable import GatehouseTransport

private let client = IPAddress(v4: 0xC000_0201)
private let other = IPAddress(v4: 0xC000_0202)

private func at(_ milliseconds: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000)
}

private func limits(_ change: (inout ConnectionLimits) -> Void) -> ConnectionLimits {
    var limits = ConnectionLimits()
    change(&limits)
    return limits
}

extension ConnectionTable {
    fileprivate func verdict(
        _ client: IPAddress, _ limits: ConnectionLimits, exempt: Bool = false, _ now: MonotonicTime
    ) -> ConnectionEvent.Refusal? {
        do throws(Refused) {
            try admit(client, isExempt: exempt, limits, at: now)
            return nil
        } catch { return error.why }
    }
}

@Suite struct ConnectionTableTests {
    @Test func `refuses an address over its rate, no other, and lets it in again`() {
        let table = ConnectionTable()
        let limits = limits { $0.floods.connections = RateAllowance(10, burst: 3) }
        for _ in 0..<3 {
            #expect(table.verdict(client, limits, at(0)) == nil)
            table.release(client, isExempt: false)
        }
        #expect(table.verdict(client, limits, at(0)) == .connectionRate)
        #expect(table.verdict(other, limits, at(0)) == nil)
        #expect(table.verdict(client, limits, at(100)) == nil)
        #expect(table.total == 2)
    }

    @Test func `counts a proxy that all clients come from in the total alone`() {
        let table = ConnectionTable()
        let limits = limits {
            $0.connectionsMax = 5
            $0.perClientMax = 1
            $0.floods.connections = RateAllowance(1, burst: 1)
        }
        for _ in 0..<5 { #expect(table.verdict(client, limits, exempt: true, at(0)) == nil) }
        #expect(table.verdict(client, limits, exempt: true, at(0)) == .tooManyConnections)
        for _ in 0..<5 { table.release(client, isExempt: true) }
        #expect(table.total == 0)
        #expect(table.verdict(client, limits, at(0)) == nil)
        #expect(table.verdict(client, limits, at(0)) == .tooManyForClient)
    }

    @Test func `bars an address after its bad requests, for the penalty's length`() {
        let table = ConnectionTable()
        let limits = limits {
            $0.floods.badRequests = RateAllowance(3, per: .seconds(60), burst: 3)
            $0.floods.penalty = .seconds(30)
        }
        for _ in 0..<3 { #expect(!table.noteBadRequest(client, limits.floods, at: at(0))) }
        #expect(table.verdict(client, limits, at(0)) == nil)
        #expect(table.noteBadRequest(client, limits.floods, at: at(0)))
        #expect(!table.noteBadRequest(client, limits.floods, at: at(1)), "told once")
        #expect(table.verdict(client, limits, at(29_999)) == .badRequests)
        #expect(table.verdict(other, limits, at(29_999)) == nil)
        #expect(table.verdict(client, limits, at(30_001)) == nil)
    }

    @Test func `a handshake that breaks off costs two, a cheap one a quarter`() throws {
        let table = ConnectionTable()
        let allowance = FloodLimits.handshakes(1, burst: 8)
        func taken() -> Bool {
            do throws(ConnectionTable.Refused) {
                try table.beginHandshake(client, allowance, at: at(0))
                return true
            } catch { return false }
        }
        #expect(taken())
        table.endHandshake(client, allowance, .brokenOff, at: at(0))
        #expect((0..<6).allSatisfy { _ in taken() })
        #expect(!taken())
        let second = ConnectionTable()
        var resumed = 0
        for _ in 0..<100 {
            do throws(ConnectionTable.Refused) {
                try second.beginHandshake(client, allowance, at: at(0))
            } catch { break }
            second.endHandshake(client, allowance, .cheap, at: at(0))
            resumed += 1
        }
        #expect(resumed == 29)
    }

    @Test func `reports an address once in a while, with how often it was refused`() {
        let table = ConnectionTable()
        let limits = limits { $0.floods.connections = RateAllowance(1, burst: 1) }
        #expect(table.verdict(client, limits, at(0)) == nil)
        func unreported(_ now: MonotonicTime) -> Int? {
            do throws(ConnectionTable.Refused) {
                try table.admit(client, isExempt: false, limits, at: now)
                return nil
            } catch { return error.unreported }
        }
        #expect(unreported(at(1)) == 1)
        for millisecond in 2..<500 { #expect(unreported(at(Int64(millisecond))) == 0) }
        #expect(unreported(at(1_000)) == nil)
        for millisecond in 1_001..<1_500 { #expect(unreported(at(Int64(millisecond))) == 0) }
        table.release(client, isExempt: false)
        table.release(client, isExempt: false)
        #expect(table.note(.connectionRate, client, at: at(10_001)).unreported == 998)
    }
}
