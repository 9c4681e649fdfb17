import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP
package import GatehouseIdentity
import GatehouseObservability
import GatehouseTransport
import Glibc
import Synchronization

/// A running gate: its server, what runs beside it, and its reload.
package final class Gateway {
    private var configuration: Configuration
    private let declared: [Application.DeclaredRoute]
    private let resources: Resources
    private let loops: Int
    private var server: Server?
    private var admin: (server: Server, service: AdminService)?
    private var echo: Server?
    private var tls: TLSServerContext?
    private var checker: HealthChecker?

    /// Prepares everything that outlives a reload.
    init(
        _ configuration: Configuration, declared: [Application.DeclaredRoute] = [],
        sharing: GateSets.Sharing? = nil, sharedCounters: SharedCounters? = nil,
        limits: Limits = Limits()
    ) throws(StartError) {
        loops = configuration.server.loops ?? Self.processorCount
        self.configuration = configuration
        self.declared = declared
        try Self.makeDataFolder(configuration.data)
        resources = try Resources(
            configuration, loops: loops, sharing: sharing, sharedCounters: sharedCounters,
            limits: limits)
    }

    /// Processors that this process may use.
    private static var processorCount: Int {
        max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    static func makeDataFolder(_ path: String) throws(StartError) {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            throw StartError("data: \(path): \(unsafe String(cString: strerror(errno)))")
        }
    }

    /// Addresses as bound, in the order of the configuration's listeners.
    package var addresses: [(host: String, port: UInt16)] { server?.addresses ?? [] }
    /// The admin listener's address.
    package var adminAddress: (host: String, port: UInt16)? { admin?.server.addresses.first }

    /// Accounts and their keys, where the gate keeps any.
    package var accounts: Accounts? { resources.accounts?.accounts }
    package var signingKeys: SigningKeys? { resources.accounts?.keys }

    /// Binds and serves; returns when every listener is open.
    package func start() throws(StartError) {
        // A client that goes away while it is written to is an error of that write, and no signal.
        _ = signal(SIGPIPE, SIG_IGN)
        let result: ServiceBuilder.Result
        do throws(ListenError) {
            try startEcho()
            result = try build()
        } catch {
            stopAll(deadline: .zero)
            throw StartError(error.description)
        }
        do throws(ListenError) {
            let server = try Server(
                listeners: configuration.listeners.map(\.settings), loops: loops,
                snapshot: ServerSnapshot(
                    service: result.service, tls: result.tls, limits: result.limits,
                    isBlocked: resources.sets.refuses))
            self.server = server
            tls = result.tls
            try startAdmin(server, result.upstreams.map(\.0))
            server.start()
            watch(result.upstreams, server)
            resources.sets.start()
            resources.accounts?.start()
        } catch {
            stopAll(deadline: .zero)
            throw StartError("listeners: \(error.description)")
        }
        announce()
    }

    private func build() throws(ListenError) -> ServiceBuilder.Result {
        do throws(ConfigurationError) {
            return try ServiceBuilder(
                configuration: configuration, declared: declared, resources: resources,
                echoPort: echo?.addresses.first?.port, loops: loops
            ).build(following: tls)
        } catch { throw ListenError(text: error.description) }
    }

    private func startEcho() throws(ListenError) {
        guard configuration.usesEcho, echo == nil else { return }
        var limits = ConnectionLimits()
        limits.requestsMax = .max
        limits.idleTimeout = .seconds(3_600)
        let server = try Server(
            listeners: [ListenerSettings(host: "127.0.0.1", port: 0, transport: .http)], loops: 1,
            snapshot: ServerSnapshot(service: EchoService(), tls: nil, limits: limits))
        server.start()
        echo = server
    }

    private func startAdmin(_ server: Server, _ upstreams: [Upstream]) throws(ListenError) {
        guard configuration.admin.enabled else { return }
        let service: AdminService
        do throws(StartError) {
            service = try AdminService(resources) { [weak server] in server?.connectionCount ?? 0 }
        } catch { throw ListenError(text: error.description) }
        service.adopt(upstreams, configuration)
        let address = configuration.admin.address
        var limits = ConnectionLimits()
        limits.connectionsMax = 64
        let listener = ListenerSettings(
            host: address.host, port: UInt16(address.port), transport: .http)
        let adminServer = try Server(
            listeners: [listener], loops: 1,
            snapshot: ServerSnapshot(service: service, tls: nil, limits: limits))
        adminServer.start()
        admin = (adminServer, service)
        try publishAccess(service, adminServer)
    }

    /// Tells commands on this machine where and how to speak to this gate.
    private func publishAccess(
        _ service: AdminService, _ server: Server
    ) throws(ListenError) {
        guard let bound = server.addresses.first else { return }
        // A listener on every address is reached by loopback.
        let host = ["0.0.0.0", "::"].contains(bound.host) ? "127.0.0.1" : bound.host
        do throws(StartError) {
            try service.access.publish(in: configuration.data, host: host, port: bound.port)
        } catch { throw ListenError(text: error.description) }
    }

    private func watch(
        _ upstreams: [(Upstream, Configuration.Upstream.Health?)], _ server: Server
    ) {
        checker?.stop()
        let checker = HealthChecker(logger: resources.logger, metrics: resources.metrics)
        checker.start(upstreams, on: server)
        self.checker = checker
        admin?.service.adopt(upstreams.map(\.0), configuration)
    }

    private func announce() {
        for (settings, bound) in zip(configuration.listeners, addresses) {
            resources.logger.info(
                "listener.open",
                [
                    "address": .public("\(bound.host):\(bound.port)"),
                    "protocol": .public(settings.protocol.rawValue),
                ])
        }
        resources.logger.security(
            .sysStartup, outcome: .noted, fields: ["version": .public(Gatehouse.version)])
        offerSetUp()
    }

    /// While there is no account, the first administrator is made by a link that is good once.
    private func offerSetUp() {
        guard let accounts = resources.accounts?.accounts, (try? accounts.count()) == 0,
            let link = try? accounts.createSetUpLink(roles: ["admin"])
        else { return }
        let text =
            "  # the first administrator: open once, within a day\n"
            + "  \(configuration.publicURL)/account#setup=\(link.dangerouslyRevealed)\n\n"
        unsafe _ = text.withCString { unsafe write(STDERR_FILENO, $0, strlen($0)) }
    }

    /// Takes over a new configuration; a bad one is refused and the old one goes on. Listeners,
    /// data folder, loops, logs and the admin address need a restart.
    package func reload(_ next: Configuration) {
        let previous = configuration
        configuration = next
        // Rules name listeners by position: they must be those that are open, or a listener that
        // refuses clear text would serve it after another was added in front of it.
        configuration.listeners = previous.listeners
        // What was opened at the start is what there is.
        configuration.data = previous.data
        configuration.admin = previous.admin
        configuration.accounts = previous.accounts
        configuration.redis = previous.redis
        if let limits = next.redis?.whenUnavailable.limits {
            configuration.redis?.whenUnavailable.limits = limits
        }
        do throws(ListenError) {
            try startEcho()
            let result = try build()
            tls = result.tls
            server?.adopt(
                ServerSnapshot(
                    service: result.service, tls: result.tls, limits: result.limits,
                    isBlocked: resources.sets.refuses))
            if let server { watch(result.upstreams, server) }
            resources.reopenLogs()
            warnOfRestart(previous, next)
            resources.logger.security(.sysRestart, outcome: .noted, fields: ["reload": true])
        } catch {
            configuration = previous
            refused(error.description)
        }
    }

    /// Says why a new configuration was not taken.
    package func refused(_ why: String) {
        resources.reopenLogs()
        resources.logger.error("configuration.refused", ["reason": .text(why)])
    }

    private func warnOfRestart(_ old: Configuration, _ new: Configuration) {
        let same =
            old.listeners.map(\.settings) == new.listeners.map(\.settings)
            && old.data == new.data && old.admin.address == new.admin.address
            && old.log.access == new.log.access && old.server.loops == new.server.loops
            && (old.accounts == nil) == (new.accounts == nil)
            && old.admin.enabled == new.admin.enabled
            && old.redis?.fixedAtStart == new.redis?.fixedAtStart
        if !same {
            resources.logger.warn(
                "configuration.needs_restart",
                [
                    "keys":
                        "listeners, data, accounts, redis, admin, log or server: restart to apply"
                ])
        }
    }

    /// Serves on while load balancers notice that the gate goes; a second signal ends the wait.
    private func leave() {
        let delay = configuration.timeouts.drainDelay
        guard delay > .zero else { return }
        resources.readiness.beginDraining()
        server?.announceEnd()
        resources.logger.info(
            "server.leaving", ["seconds": .int(Int(delay.components.seconds))])
        Signals.waitForStop(atMost: delay)
    }

    /// Finishes what was accepted, within the configured time, and ends.
    package func stop() {
        resources.readiness.beginDraining()
        resources.logger.security(.sysShutdown, outcome: .noted)
        stopAll(deadline: configuration.timeouts.drain)
    }

    private func stopAll(deadline: Duration) {
        checker?.stop()
        if let server {
            let cut = server.drain(deadline: deadline)
            if cut > 0 { resources.logger.warn("server.cut", ["connections": .int(cut)]) }
        }
        if let admin {
            AdminAccess.withdraw(from: configuration.data)
            _ = admin.server.drain(deadline: .zero)
        }
        if let echo { _ = echo.drain(deadline: .zero) }
        server = nil
        admin = nil
        echo = nil
        resources.accounts?.stop()
        resources.sets.stop()
        resources.redis?.close()
        resources.learner.stop()
        resources.remoteKeys.stop()
        resources.flush()
    }

    /// Serves until SIGTERM or SIGINT; SIGHUP asks `load` for a new configuration.
    func runUntilSignalled(load: (() throws(StartError) -> Configuration)?) {
        while true {
            switch Signals.wait() {
            case .stop:
                leave()
                return stop()
            case .reload:
                guard let load else {
                    resources.reopenLogs()
                    continue
                }
                do throws(StartError) { reload(try load()) } catch { refused(error.description) }
            }
        }
    }
}

extension Configuration.Listener {
    var settings: ListenerSettings {
        let transport: ListenerProtocol =
            switch self.protocol {
            case .https: .https
            case .http: .http
            case .redirect: .redirect
            }
        return ListenerSettings(
            host: address.host, port: UInt16(address.port), transport: transport,
            expectsProxyHeader: proxyProtocol)
    }
}
