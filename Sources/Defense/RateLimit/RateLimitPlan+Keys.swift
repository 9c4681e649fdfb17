import GatehouseCore
import GatehouseHTTP
import GatehouseStorage

extension RateLimitPlan {
    /// What a part of a key is, so that a fallback never meets a counter of another kind.
    enum Part: UInt64 {
        case address = 1
        case account
        case route
        case apiKey
        case noRoute
        case network
        case system
        case session
        case apiKeyID
    }

    /// Adds the policies that apply to `request`.
    @inline(__always)
    func collect(_ request: Request, into batch: inout LimitBatch) {
        for index in entries.indices {
            if let item = item(index, request) { batch.append(item) }
        }
    }

    /// What a policy asks of the store; nil where it does not apply.
    @inline(__always)
    func item(_ index: Int, _ request: Request) -> LimitBatch.Item? {
        guard applies(index, request) else { return nil }
        let choice = choice(index, request)
        return LimitBatch.Item(
            rule: entries[index].choices[choice].rule, key: key(index, choice, request),
            cost: cost(index, choice, request), isShadow: entries[index].traits.isShadow)
    }

    @inline(__always)
    private func applies(_ index: Int, _ request: Request) -> Bool {
        guard isCaller(index, request), isMethod(index, request) else { return false }
        if let routes = entries[index].routes {
            guard let route = request.route else { return false }
            return route.index < routes.count && routes[route.index]
        }
        if entries[index].prefixes.isEmpty { return true }
        let head = request.head
        let path = head.bytes(head.path)
        for place in entries[index].prefixes.indices {
            if entries[index].prefixes[place].holds(path) { return true }
        }
        return false
    }

    @inline(__always)
    private func isCaller(_ index: Int, _ request: Request) -> Bool {
        switch entries[index].traits.callers {
        case .all: true
        case .anonymous: request.principal == nil
        case .signedIn: request.principal != nil
        }
    }

    @inline(__always)
    private func isMethod(_ index: Int, _ request: Request) -> Bool {
        switch entries[index].traits.methods {
        case .all: true
        case .read: request.method.isSafe
        case .write: !request.method.isSafe
        case .listed: entries[index].methods.contains(request.method)
        }
    }

    /// The quota that holds for the caller: the first tier that fits, else the policy's own.
    @inline(__always)
    func choice(_ index: Int, _ request: Request) -> Int {
        let count = entries[index].choices.count
        guard count > 1, let principal = request.principal else { return 0 }
        for place in 1..<count {
            switch entries[index].choices[place].match {
            case .role(let role): if principal.roles.contains(role) { return place }
            case .claim(let name, let value): if principal.claims[name] == value { return place }
            case nil: break
            }
        }
        return 0
    }

    @inline(__always)
    private func cost(_ index: Int, _ choice: Int, _ request: Request) -> UInt32 {
        switch entries[index].traits.unit {
        case .requests: 1
        case .bytes: 0
        case .cost:
            UInt32(
                truncatingIfNeeded:
                    min(max(request.route?.cost ?? 1, 0), entries[index].choices[choice].costMax))
        }
    }

    // MARK: Keys

    func key(_ index: Int, _ choice: Int, _ request: Request) -> CounterKey {
        var hasher = entries[index].choices[choice].hasher
        for part in entries[index].policy.key {
            switch part {
            case .address: Self.add(address: request.client, to: &hasher)
            case .network: add(network: request.client, index, to: &hasher)
            case .asn: add(system: request.client, index, to: &hasher)
            case .account: Self.addAccount(request, to: &hasher)
            case .apiKey: Self.addAPIKey(request, to: &hasher)
            case .session: Self.addSession(request, to: &hasher)
            case .route: Self.add(route: request.route?.name, to: &hasher)
            }
        }
        return hasher.finish()
    }

    static func add(address: IPAddress, to hasher: inout CounterHasher) {
        hasher.combine(Part.address.rawValue)
        hasher.combine(address.isIPv4 ? address : address.prefix(ipv6Bits))
    }

    func network(_ address: IPAddress, _ index: Int) -> IPNetwork {
        let bits = entries[index].policy.networks
        return IPNetwork(address, bits: address.isIPv4 ? bits.ipv4 : bits.ipv6)
    }

    func add(network address: IPAddress, _ index: Int, to hasher: inout CounterHasher) {
        hasher.combine(Part.network.rawValue)
        hasher.combine(network(address, index).address)
    }

    func add(system address: IPAddress, _ index: Int, to hasher: inout CounterHasher) {
        guard let number = systems?.number(of: address) else {
            return add(network: address, index, to: &hasher)
        }
        hasher.combine(Part.system.rawValue)
        hasher.combine(UInt64(number))
    }

    static func add(account subject: String, of issuer: String, to hasher: inout CounterHasher) {
        hasher.combine(Part.account.rawValue)
        hasher.combine(issuer)
        hasher.combine(subject)
    }

    static func add(session: String, of issuer: String, to hasher: inout CounterHasher) {
        hasher.combine(Part.session.rawValue)
        hasher.combine(issuer)
        hasher.combine(session)
    }

    static func add(apiKeyID id: String, to hasher: inout CounterHasher) {
        hasher.combine(Part.apiKeyID.rawValue)
        hasher.combine(id)
    }

    static func add(route name: String?, to hasher: inout CounterHasher) {
        guard let name else { return hasher.combine(Part.noRoute.rawValue) }
        hasher.combine(Part.route.rawValue)
        hasher.combine(name)
    }

    private static func addAccount(_ request: Request, to hasher: inout CounterHasher) {
        guard let principal = request.principal else {
            return add(address: request.client, to: &hasher)
        }
        add(account: principal.subject, of: principal.issuer, to: &hasher)
    }

    private static func addSession(_ request: Request, to hasher: inout CounterHasher) {
        guard let principal = request.principal, let session = principal.session else {
            return addAccount(request, to: &hasher)
        }
        add(session: session.id, of: principal.issuer, to: &hasher)
    }

    private static func addAPIKey(_ request: Request, to hasher: inout CounterHasher) {
        if let id = checkedKey(request) { return add(apiKeyID: id, to: &hasher) }
        guard let value = statedKey(request) else {
            return add(address: request.client, to: &hasher)
        }
        hasher.combine(Part.apiKey.rawValue)
        let head = request.head
        hasher.combine(head.bytes(value))
    }

    /// The id of a key that the gate itself checked: clients can't choose it.
    static func checkedKey(_ request: Request) -> String? {
        guard let principal = request.principal,
            principal.authentication.methods.first == "key", let id = principal.credentialID
        else { return nil }
        return id
    }

    /// The value of `X-API-Key`, where there is one of them.
    static func statedKey(_ request: Request) -> ByteRange? {
        let id = FieldName.xAPIKey.id
        let head = request.head
        guard head.present.contains(id) else { return nil }
        var value = ByteRange.none
        var count = 0
        for line in head.lines where line.id == id {
            value = line.value
            count += 1
        }
        return count == 1 && !value.isEmpty ? value : nil
    }
}
