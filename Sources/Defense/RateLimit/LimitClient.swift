public import GatehouseCore

/// Whose counters are meant: what is known of a client, of which each policy takes what it counts
/// by.
public struct LimitClient: Hashable, Sendable {
    /// The address.
    public var address: IPAddress?
    /// The account: its subject.
    public var account: String?
    /// Who vouches for account and session; nil for the gate's own accounts, or the only issuer.
    public var issuer: String?
    /// The id of an API key of the gate's own.
    public var apiKeyID: String?
    /// The value of an API key that the gate does not check.
    public var apiKey: String?
    /// The session's id.
    public var session: String?
    /// The route's name.
    public var route: String?

    /// Nobody yet: set what is known.
    public init() {}

    /// The client at an address.
    public static func address(_ address: IPAddress) -> LimitClient {
        var client = LimitClient()
        client.address = address
        return client
    }

    /// An account.
    public static func account(_ subject: String, issuer: String? = nil) -> LimitClient {
        var client = LimitClient()
        client.account = subject
        client.issuer = issuer
        return client
    }

    /// The holder of an API key of the gate's own, by the key's id.
    public static func apiKey(id: String) -> LimitClient {
        var client = LimitClient()
        client.apiKeyID = id
        return client
    }
}
