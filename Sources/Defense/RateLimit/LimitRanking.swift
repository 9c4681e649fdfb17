import GatehouseCore
import GatehouseHTTP
import GatehouseStorage
import Synchronization

/// Who is refused most and who uses most of one policy, in little memory: two tables of 100
/// clients.
///
/// Refused requests are all noted, admitted ones by a sample of one in 64 that counts 64-fold, so
/// that the requests that matter for speed seldom come here.
package final class LimitRanking: Sendable {
    /// A client's place.
    package struct Place: Sendable {
        package var client: String
        /// Requests; of users, as the sample says.
        package var count: Int
        /// At most so many of them were others'.
        package var error: Int
    }

    private let tables = Mutex<(refused: SpaceSaving, admitted: SpaceSaving)>(
        (SpaceSaving(), SpaceSaving()))

    package init() {}

    func note(
        _ key: CounterKey, isRefused: Bool, weight: Int, client: () -> String
    ) {
        tables.withLock { tables in
            if isRefused {
                tables.refused.add(key, weight, client)
            } else {
                tables.admitted.add(key, weight, client)
            }
        }
    }

    /// The first `count` clients: the most refused, and those that use most.
    package func top(_ count: Int) -> (refused: [Place], admitted: [Place]) {
        tables.withLock { ($0.refused.top(count), $0.admitted.top(count)) }
    }

    package func reset() { tables.withLock { $0 = (SpaceSaving(), SpaceSaving()) } }
}

/// Heavy hitters in bounded memory (Metwally, Agrawal, El Abbadi 2005): a new client takes the
/// place of the smallest and begins with its count, so that none that matters is missed.
struct SpaceSaving: Sendable {
    static let capacity = 100

    private struct Entry: Sendable {
        var key: CounterKey
        var count: Int
        var error: Int
        var client: String
    }

    private var entries: [Entry] = []

    mutating func add(_ key: CounterKey, _ weight: Int, _ client: () -> String) {
        var smallest = 0
        for index in entries.indices {
            if entries[index].key == key {
                entries[index].count += weight
                return
            }
            if entries[index].count < entries[smallest].count { smallest = index }
        }
        if entries.count < Self.capacity {
            entries.append(Entry(key: key, count: weight, error: 0, client: client()))
        } else {
            let least = entries[smallest].count
            entries[smallest] = Entry(
                key: key, count: least + weight, error: least, client: client())
        }
    }

    func top(_ count: Int) -> [LimitRanking.Place] {
        entries.sorted { $0.count > $1.count }.prefix(count).map {
            .init(client: $0.client, count: $0.count, error: $0.error)
        }
    }
}

extension RateLimitPlan {
    /// One request in 64, by its random id.
    static let sampleMask: UInt64 = 63

    func rank(_ place: Int, _ item: LimitBatch.Item, _ request: Request, isRefused: Bool) {
        guard let ranking = entries[place].ranking else { return }
        ranking.note(
            item.key, isRefused: isRefused, weight: isRefused ? 1 : Int(Self.sampleMask) + 1
        ) { client(place, request) }
    }

    /// Names a client for people; of an API key that nobody checked, only its hash.
    private func client(_ index: Int, _ request: Request) -> String {
        let principal = request.principal
        let address = request.client
        let parts = entries[index].policy.key.map { part -> String in
            switch part {
            case .address: Self.text(address)
            case .network: network(address, index).description
            case .asn:
                systems?.number(of: address).map { "AS\($0)" }
                    ?? network(address, index).description
            case .account: principal.map { "account " + $0.subject } ?? Self.text(address)
            case .session:
                principal?.session.map { "session " + $0.id }
                    ?? principal.map { "account " + $0.subject } ?? Self.text(address)
            case .apiKey: Self.keyText(request)
            case .route: "route " + (request.route?.name ?? "none")
            }
        }
        return parts.joined(separator: ", ")
    }

    private static func text(_ address: IPAddress) -> String {
        address.isIPv4
            ? address.description : IPNetwork(address, bits: ipv6Bits).description
    }

    private static func keyText(_ request: Request) -> String {
        if let id = checkedKey(request) { return "key " + id }
        guard let value = statedKey(request) else { return text(request.client) }
        var hasher = CounterHasher(keyTextSeed)
        let head = request.head
        hasher.combine(head.bytes(value))
        return "key #" + String(hasher.finish().high, radix: 16)
    }

    private static let keyTextSeed = CounterSeed.random()
}
