import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct LoadSheddingTests {
    /// A loop that was late until so much is shed.
    private func storage(level: Int) -> LoopStorage {
        let storage = LoopStorage()
        storage.load.configure(target: .milliseconds(100), interval: .seconds(1))
        var now: Int64 = 0
        while storage.load.pressure.level < level {
            _ = storage.load.sample(
                lag: .milliseconds(150), at: MonotonicTime(nanoseconds: now * 50_000_000))
            now += 1
        }
        return storage
    }

    private func request(
        _ storage: LoopStorage, _ fields: [(String, String)] = [], signedIn: Bool = false
    ) -> Request {
        let request = parsedRequest("/", fields)
        request.loopStorage = storage
        if signedIn {
            request.principal = Principal(
                subject: "alice", issuer: "test", expires: WallTime(seconds: 0))
        }
        return request
    }

    /// The refusal of either stage, as the pipeline asks them.
    private func refusal(_ request: Request) -> Rejection? {
        do throws(Rejection) {
            _ = try LoadShedding(.beforeAuthentication).before(request)
            _ = try LoadShedding(.afterAuthentication).before(request)
            return nil
        } catch { return error }
    }

    private let token = [("Authorization", "Bearer x")]

    @Test func `turns away whoever is anonymous, with the draft's problem and a time`() throws {
        let storage = storage(level: LoadPressure.full)
        let rejection = try #require(refusal(request(storage)))
        #expect(rejection.status == 503 && rejection.code == .reducedCapacity)
        #expect((1...20).contains(try #require(rejection.retryAfter)))
        let response = RejectionResponder().response(for: rejection, request: request(storage))
        guard case .bytes(let bytes) = response.body else { return #expect(Bool(false)) }
        let type = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity"
        #expect(String(decoding: bytes, as: UTF8.self).contains(#""type":"\#(type)""#))
    }

    @Test func `a credential that proves nothing protects nobody`() {
        let storage = storage(level: LoadPressure.full)
        #expect(refusal(request(storage, token)) != nil)
        #expect(refusal(request(storage, [("Cookie", "a=b")])) != nil)
        #expect(refusal(request(storage, [("X-API-Key", "k")])) != nil)
    }

    @Test func `asks for proof of who brings a credential before it turns him away`() {
        let storage = storage(level: 2 * LoadPressure.full)
        let bringing = request(storage, token)
        do throws(Rejection) {
            _ = try LoadShedding(.beforeAuthentication).before(bringing)
        } catch { Issue.record("judged before authentication") }
    }

    @Test func `signed-in callers pass while anonymous ones do not, until nothing else helps`() {
        let half = storage(level: LoadPressure.full)
        #expect(
            (0..<1_000).allSatisfy { _ in refusal(request(half, token, signedIn: true)) == nil })
        let whole = storage(level: 2 * LoadPressure.full)
        #expect(
            (0..<1_000).allSatisfy { _ in refusal(request(whole, token, signedIn: true)) != nil })
    }

    @Test func `turns away the share that the level says, and nobody without a level`() {
        let quarter = storage(level: LoadPressure.full / 4)
        let shed = (0..<1_000).count { _ in refusal(request(quarter)) != nil }
        #expect((249...251).contains(shed))
        #expect((0..<1_000).allSatisfy { _ in refusal(request(LoopStorage())) == nil })
        #expect(refusal(parsedRequest()) == nil)
    }
}
