import GatehouseCore

extension Application {
    /// Serves until SIGTERM or SIGINT; SIGHUP reopens logs and, with `load`, reloads.
    ///
    /// Call it from the main thread, before any other thread was started: signals are blocked for
    /// all of them.
    /// - Parameter load: reads the configuration anew on SIGHUP.
    /// - Throws: `StartError` when a setting is refused or an address can't be listened on.
    public func run(load: (() throws(StartError) -> Configuration)? = nil) throws(StartError) {
        Signals.claim()
        let gateway = try Gateway(
            configuration, declared: declared, sharedCounters: sharedCounters, limits: limits)
        try gateway.start()
        gateway.runUntilSignalled(load: load)
    }

    /// Starts without waiting; for tests. Port 0 in a listener lets the system choose.
    package func start() throws(StartError) -> Gateway {
        let gateway = try Gateway(
            configuration, declared: declared, sharedCounters: sharedCounters, limits: limits)
        try gateway.start()
        return gateway
    }
}
