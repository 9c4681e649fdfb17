import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseStorage
import Synchronization
import Testing

/// A store elsewhere that fails on command.
final class FailingStore: CounterStore {
    let memory: MemoryCounterStore
    private let state = Mutex((isGone: false, settled: 0))
    /// What happens while somebody waits for a decision.
    let meanwhile: Mutex<(@Sendable () -> Void)?> = Mutex(nil)

    init(_ rules: [LimitRule]) { memory = MemoryCounterStore(rules) }

    var rules: [LimitRule] { memory.rules }
    var seed: CounterSeed { memory.seed }
    var isGone: Bool {
        get { state.withLock { $0.isGone } }
        set { state.withLock { $0.isGone = newValue } }
    }
    var settled: Int { state.withLock { $0.settled } }

    private func check() throws(CounterStoreError) {
        if isGone { throw .unavailable("on command") }
    }

    func decide(
        _ batch: inout LimitBatch, at now: MonotonicTime
    ) async throws(CounterStoreError) {
        try check()
        memory.decide(&batch, at: now)
        meanwhile.withLock { $0 }?()
    }

    func settle(
        _ corrections: LimitCorrections, at now: MonotonicTime
    ) async throws(CounterStoreError) {
        try check()
        state.withLock { $0.settled += corrections.count }
        memory.settle(corrections, at: now)
    }

    func report(
        rule: Int, key: CounterKey, at now: MonotonicTime
    ) async throws(CounterStoreError) -> LimitDecision {
        try check()
        return memory.report(rule: rule, key: key, at: now)
    }

    func reset(rule: Int, key: CounterKey) async throws(CounterStoreError) {
        try check()
        memory.reset(rule: rule, key: key)
    }
}

@Suite struct RemoteRateLimitTests {
    private func policy(
        named name: String = "p", quota: Int = 4, _ then: RateLimitPolicy.Unavailable,
        algorithm: RateLimitPolicy.Algorithm? = nil, isShadow: Bool = false
    ) throws -> RateLimitPolicy {
        var policy = try RateLimitPolicy(
            name: name, algorithm: algorithm, quota: quota, window: .seconds(60), isShadow: isShadow
        )
        policy.whenUnavailable = then
        return policy
    }

    private func gate(
        _ policies: RateLimitPolicy...
    ) throws -> (control: RemoteRateLimit, store: FailingStore) {
        let store = FailingStore(RateLimit.rules(of: policies))
        return (try RemoteRateLimit(policies, named: nil, store: store), store)
    }

    private func ask(
        _ control: RemoteRateLimit, _ request: Request = parsedRequest()
    ) async -> Rejection? {
        request.received = MonotonicTime(nanoseconds: 0)
        do throws(Rejection) {
            try await control.decide(request)
            return nil
        } catch { return error }
    }

    private func admitted(_ control: RemoteRateLimit, of count: Int) async -> Int {
        var admitted = 0
        for _ in 0..<count where await ask(control) == nil { admitted += 1 }
        return admitted
    }

    @Test func `refuses with 503 and a time while the store is gone, where the policy says so`()
        async throws
    {
        let (control, store) = try gate(policy(.refuse))
        #expect(await admitted(control, of: 2) == 2)
        store.isGone = true
        let rejection = await ask(control)
        #expect(rejection?.status == 503 && rejection?.code == .reducedCapacity)
        #expect((rejection?.retryAfter ?? 0) > 0)
        store.isGone = false
        #expect(await admitted(control, of: 9) == 2, "nothing was forgotten, nothing consumed")
    }

    @Test func `lets pass uncounted where the policy says so`() async throws {
        let (control, store) = try gate(policy(.allow))
        store.isGone = true
        #expect(await admitted(control, of: 20) == 20)
        store.isGone = false
        #expect(await admitted(control, of: 9) == 4)
    }

    @Test(arguments: [(0.5, 2), (0.25, 1), (0.01, 1), (1, 4)])
    func `counts here against a share where the policy says so`(share: Double, count: Int)
        async throws
    {
        for algorithm: RateLimitPolicy.Algorithm in [
            .slidingWindow, .slidingCounter, .gcra(burst: nil), .fixedWindow,
        ] {
            let (control, store) = try gate(policy(.local(share: share), algorithm: algorithm))
            store.isGone = true
            #expect(await admitted(control, of: 20) == count)
            let refused = await ask(control)
            #expect(refused?.status == 429)
            store.isGone = false
            #expect(await admitted(control, of: 9) == 4)
        }
    }

    @Test func `one policy that refuses decides for all, and in shadow it does not`() async throws {
        let (control, store) = try gate(policy(named: "a", .allow), policy(named: "b", .refuse))
        store.isGone = true
        #expect(await ask(control)?.status == 503)
        let (shadow, other) = try gate(
            policy(named: "a", .allow), policy(named: "b", .refuse, isShadow: true))
        other.isGone = true
        let request = parsedRequest()
        #expect(await ask(shadow, request) == nil)
        #expect(request.limits.unavailable == 2)
    }

    @Test func `places at a time are given back where they were taken`() async throws {
        let (control, store) = try gate(
            policy(quota: 2, .local(share: 0.5), algorithm: .concurrency))
        let there = parsedRequest()
        #expect(await ask(control, there) == nil)
        store.isGone = true
        let here = parsedRequest()
        #expect(await ask(control, here) == nil)
        #expect(await ask(control)?.status == 429)
        let now = MonotonicTime(nanoseconds: 1)
        #expect(control.settle(here, ExchangeSummary(), at: now).isEmpty)
        #expect(await ask(control) == nil)
        let corrections = control.settle(there, ExchangeSummary(), at: now)
        #expect(corrections.count == 1)
        #expect(await !control.tell(corrections, at: now))
        store.isGone = false
        #expect(await control.tell(corrections, at: now) && store.settled == 1)
        #expect(await admitted(control, of: 9) == 2)
    }

    @Test func `what was taken for a request that was answered meanwhile is given back`()
        async throws
    {
        let (control, store) = try gate(policy(quota: 1, .refuse, algorithm: .concurrency))
        let request = parsedRequest()
        let ending = EndingRequest(request)
        store.meanwhile.withLock { $0 = { ending.end() } }
        #expect(await ask(control, request)?.code == .handlerTimeout)
        store.meanwhile.withLock { $0 = nil }
        #expect(store.settled == 1)
        #expect(await ask(control) == nil)
    }

    @Test func `fields are the same as of counters in this process`() async throws {
        let (control, _) = try gate(policy(.refuse))
        let request = parsedRequest()
        _ = await ask(control, request)
        var response = Response.status(204)
        control.after(request, &response)
        #expect(
            response.fields.lines.map { "\($0.name): \($0.value)" } == [
                "RateLimit-Policy: \"p\";q=4;w=60", "RateLimit: \"p\";r=3;t=60",
            ])
    }

    @Test func `a client's standing, charge and reset reach the store`() async throws {
        let (control, store) = try gate(policy(.refuse))
        let desk = control.desk
        let now = MonotonicTime(nanoseconds: 0)
        let request = parsedRequest()
        request.client = IPAddress("192.0.2.1")!
        _ = await ask(control, request)
        let client = LimitClient.address(request.client)
        #expect(try await desk.standings(of: client, policy: nil, at: now).map(\.remaining) == [3])
        #expect(try await desk.charge(client, policy: "p", amount: 2, at: now) == 1)
        #expect(try await desk.standings(of: client, policy: "p", at: now)[0].remaining == 1)
        #expect(try await desk.reset(client, policy: nil) == 1)
        #expect(try await desk.standings(of: client, policy: nil, at: now)[0].remaining == 4)
        #expect(try await desk.standings(of: .account("ada"), policy: nil, at: now).isEmpty)
        #expect(!desk.reset(policy: "p"), "it keeps no list")
        store.isGone = true
        await #expect(throws: CounterStoreError.self) {
            try await desk.reset(client, policy: nil)
        }
    }
}

/// Closes a request from inside a store's decision, as a deadline on the same loop would.
///
/// `@unchecked Sendable`: the test's one task calls it while it waits.
private final class EndingRequest: @unchecked Sendable {
    private let request: Request
    init(_ request: Request) { self.request = request }
    func end() { request.limits.isClosed = true }
}
