import GatehouseCore

extension Application {
    /// An application with the configuration that the command line names: `--config FILE`, or
    /// without it a first try: TLS on 127.0.0.1:8443, tokens from a development key in `./data`.
    /// - Throws: `StartError` with every error of the file, or with what was not understood.
    public convenience init(arguments: [String]) throws(StartError) {
        let arguments = arguments.dropFirst()
        guard let option = arguments.first else {
            self.init(try Self.firstTry())
            return
        }
        guard option == "--config", arguments.count == 2, let path = arguments.last else {
            throw StartError("usage: [--config FILE]")
        }
        self.init(try Self.configuration(file: path))
    }

    private static func configuration(file path: String) throws(StartError) -> Configuration {
        do throws(ConfigurationIssues) {
            return try Configuration.load(file: path).configuration
        } catch { throw StartError(error.rendered(colored: false)) }
    }

    private static func firstTry() throws(StartError) -> Configuration {
        do throws(ConfigurationError) {
            var configuration = try QuickStart.configuration()
            configuration.routes = []
            configuration.upstreams = []
            return configuration
        } catch { throw StartError(error.description) }
    }
}

extension Request {
    /// Who is calling, on a route that is not for `anyone`.
    /// - Throws: `Rejection` 401 if nobody signed in.
    public var caller: Principal {
        get throws(Rejection) {
            guard let principal else { throw Rejection(401, .tokenMissing) }
            return principal
        }
    }
}
