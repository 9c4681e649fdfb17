import GatehouseCore
import GatehouseCrypto
import GatehouseTransport
import Synchronization

/// What all loops of a client share.
final class RedisShared: Sendable {
    let configuration: RedisConfiguration
    let tls: TLSClientContext?
    private let observer: @Sendable (RedisTransition) -> Void
    private let state = Mutex(State())

    private struct State: ~Copyable {
        var breakers: [String: RedisBreaker] = [:]
        var scripts: [RedisScript] = []
        var links: [RedisLink] = []
        var isClosed = false
    }

    /// A cluster's servers come and go: beyond so many their breakers are forgotten.
    private static let breakersMax = 1_024

    init(
        _ configuration: RedisConfiguration, observer: @escaping @Sendable (RedisTransition) -> Void
    ) throws(ConfigurationError) {
        self.configuration = configuration
        self.observer = observer
        if let encryption = configuration.encryption {
            let trust = encryption.authority.map { TLSClientContext.Trust.file($0) } ?? .system
            tls = try TLSClientContext(trust: trust, speaksHTTP: false)
        } else {
            tls = nil
        }
    }

    /// The breaker of a server, the same for all loops.
    func breaker(_ server: String) -> RedisBreaker {
        state.withLock { state in
            if let known = state.breakers[server] { return known }
            if state.breakers.count >= Self.breakersMax { state.breakers = [:] }
            let made = RedisBreaker(
                server, configuration.limits.breaker, observer: observer)
            state.breakers[server] = made
            return made
        }
    }

    /// A server that left the cluster says nothing about it any more.
    func forget(_ server: String) { state.withLock { $0.breakers[server] = nil } }

    /// The worst of all servers' states.
    var breakerState: CircuitBreaker.State {
        let states = state.withLock { $0.breakers.values.map(\.state) }
        return states.contains(.open) ? .open : states.contains(.halfOpen) ? .halfOpen : .closed
    }

    var scripts: [RedisScript] { state.withLock { $0.scripts } }

    func preload(_ script: RedisScript) {
        state.withLock { state in
            if !state.scripts.contains(where: { $0.name == script.name }) {
                state.scripts.append(script)
            }
        }
    }

    /// Notes a loop's part; false after `close`.
    func add(_ link: RedisLink) -> Bool {
        state.withLock { state in
            if !state.isClosed { state.links.append(link) }
            return !state.isClosed
        }
    }

    func close(forgetting key: LoopLocalKey) {
        let links = state.withLock { state in
            state.isClosed = true
            let links = state.links
            state.links = []
            return links
        }
        for link in links {
            link.loop.submit { loop in
                loop.locals[key] = nil
                link.close()
            }
        }
    }
}

/// A Lua script, called by the hash of its text.
package struct RedisScript: Sendable {
    /// The text's SHA-1 in hexadecimal digits.
    let name: String
    let source: String

    package init(_ source: String) {
        self.source = source
        let digits = Array("0123456789abcdef".utf8)
        let digest = OneTimeDigest.sha1(Array(source.utf8))
        name = String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}
