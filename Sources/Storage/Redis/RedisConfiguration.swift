package import GatehouseCore

/// Where Redis is, and how it is spoken to.
package struct RedisConfiguration: Sendable, Equatable {
    /// How the servers are found.
    package enum Layout: Sendable, Equatable {
        /// One server.
        case single(RedisAddress)
        /// The master that these sentinels watch over under a name.
        case sentinel([RedisAddress], master: String)
        /// A cluster that these members know.
        case cluster([RedisAddress])
    }

    /// Who we are to a server.
    package struct Credentials: Sendable, Equatable {
        /// nil for the user called `default`.
        package var user: String?
        package var password: Redacted<String>

        package init(user: String? = nil, password: Redacted<String>) {
            self.user = user
            self.password = password
        }

        package static func == (left: Self, right: Self) -> Bool {
            left.user == right.user
                && left.password.dangerouslyRevealed == right.password.dangerouslyRevealed
        }
    }

    /// Encryption: certificates and names are always checked.
    package struct Encryption: Sendable, Equatable {
        /// A PEM file of the only authorities that count; nil for the system's.
        package var authority: String?
        /// The name that certificates must hold instead of the address's host.
        package var serverName: String?

        package init(authority: String? = nil, serverName: String? = nil) {
            self.authority = authority
            self.serverName = serverName
        }
    }

    package var layout: Layout
    package var credentials: Credentials?
    package var sentinelCredentials: Credentials?
    package var database = 0
    /// nil speaks in clear.
    package var encryption: Encryption?
    /// How we show up in `CLIENT LIST`.
    package var clientName = "gatehouse"
    package var limits = RedisLimits()

    package init(_ layout: Layout) { self.layout = layout }
}

/// Bounds and clocks of a client. Clocks are rounded up to the loop's tick of 50 ms.
package struct RedisLimits: Sendable, Equatable {
    /// For a connection to be ready: TCP, TLS and who we are.
    package var connectTimeout = Duration.seconds(1)
    /// For the reply to a command, its waiting for a connection included.
    package var commandTimeout = Duration.milliseconds(250)
    /// Commands without a reply, on one connection.
    package var commandsMax = 8_192
    /// Their bytes.
    package var bytesMax = 16 << 20
    /// Bytes of one reply.
    package var replyBytesMax = 16 << 20
    /// Between two tries to connect: the first wait, and the longest.
    package var backoffFirst = Duration.milliseconds(50)
    package var backoffMax = Duration.seconds(2)
    package var breaker = CircuitBreaker.Settings()

    package init() {}
}
