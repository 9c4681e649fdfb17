/// Why Redis gave no answer. Never holds keys, values, secrets, nor the server's own texts, which
/// may quote them.
package enum RedisError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It cannot be reached: the reason in the system's or TLS's words, such as `ECONNREFUSED`.
    case unreachable(String)
    /// It did not answer in time. The command may have been carried out.
    case timedOut
    /// The connection broke before the answer came. The command may have been carried out.
    case disconnected
    /// It failed too often of late and is left alone; nothing was sent.
    case circuitOpen
    /// Too many commands, or bytes, wait for it already; nothing was sent.
    case overloaded
    /// It does not accept who we are: `WRONGPASS`, `NOAUTH`, `NOPERM`.
    case unauthorized(String)
    /// It refuses the command: the first word of its error, such as `READONLY`.
    case refused(String)
    /// No sentinel knows a master, or the one that they name is none.
    case noMaster
    /// The cluster sent the command around more often than is bearable.
    case redirected
    /// Its answer breaks the protocol, or is none that the command can have.
    case malformed(String)
    /// The client was closed.
    case closed

    package var description: String {
        switch self {
        case .unreachable(let why): "Redis cannot be reached: \(why)"
        case .timedOut: "Redis did not answer in time"
        case .disconnected: "the connection to Redis broke"
        case .circuitOpen: "Redis failed too often and is left alone for a moment"
        case .overloaded: "too many commands wait for Redis"
        case .unauthorized(let code): "Redis does not accept user or password: \(code)"
        case .refused(let code): "Redis refuses the command: \(code)"
        case .noMaster: "no sentinel names a master"
        case .redirected: "the cluster redirects without end"
        case .malformed(let why): "Redis' answer cannot be understood: \(why)"
        case .closed: "the client was closed"
        }
    }
}
