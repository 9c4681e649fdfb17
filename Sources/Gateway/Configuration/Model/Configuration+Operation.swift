extension Configuration {
    /// The short-lived signed token in `Gatehouse-Identity` that tells an upstream who is calling.
    public struct Identity: Sendable {
        /// Its `iss`. Default `gatehouse`.
        public var issuer = "gatehouse"
        /// How long it is good. Default 60s.
        public var lifetime = Duration.seconds(60)

        /// The defaults.
        public init() {}

        static let section = Section<Identity>(
            "`identity`", Identity(),
            [
                Field(
                    "issuer", \.issuer, .text("the token's `iss`", max: 512), "The token's `iss`."),
                Field(
                    "lifetime", \.lifetime, .duration(.seconds(5)...(.seconds(600))),
                    "How long the token is good."),
            ])
    }

    /// Logs.
    public struct Log: Sendable {
        /// How much is said.
        public enum Level: String, CaseIterable, Sendable {
            /// Everything.
            case debug
            /// What happens.
            case info
            /// What might go wrong.
            case warning
            /// What went wrong.
            case error
        }

        /// Where access lines go.
        public enum Destination: Hashable, Sendable {
            /// Standard output.
            case stdout
            /// Standard error.
            case stderr
            /// Nowhere.
            case off
            /// The end of this file.
            case file(String)
        }

        /// How much the program's own log says. Default info.
        public var level = Level.info
        /// Where the access log goes. Default standard output.
        public var access = Destination.stdout

        /// The defaults.
        public init() {}

        static let section = Section<Log>(
            "`log`", Log(),
            [
                Field(
                    "level", \.level, .choice,
                    "How much the program's own log says. It goes to standard error."),
                Field(
                    "access", \.access, .destination,
                    "Where the access log goes, one JSON line per request. A path holds a `/`."),
            ])
    }

    /// The listener for metrics and details, apart from the service.
    public struct Admin: Sendable {
        /// Whether there is one. Default true.
        public var enabled = true
        /// Where. Default 127.0.0.1:9090.
        public var address = Address(host: "127.0.0.1", port: 9_090)

        /// The defaults.
        public init() {}

        static let section = Section<Admin>(
            "`admin`", Admin(),
            [
                Field("enabled", \.enabled, .bool, "Whether there is an admin listener."),
                Field(
                    "address", \.address, .address,
                    "Where metrics and details are served, in plain and to everybody who reaches "
                        + "it: keep it on loopback or a private network."),
            ])
    }

    /// The program itself.
    public struct Server: Sendable {
        /// Event loops; nil for one per core.
        public var loops: Int?

        /// The defaults.
        public init() {}

        static let section = Section<Server>(
            "`server`", Server(),
            [
                Field(
                    "loops", \.loops, .integer(1...1_024, or: "auto"),
                    "Event loops; `auto` makes one per core.")
            ])
    }
}

extension Kind where Value == Configuration.Log.Destination {
    static var destination: Kind {
        let words = ["stdout", "stderr", "off"]
        let name = "`stdout`, `stderr`, `off`, or a path with a `/`"
        return Kind(
            name,
            write: { destination in
                switch destination {
                case .stdout: "stdout"
                case .stderr: "stderr"
                case .off: "off"
                case .file(let path): path
                }
            },
            read: { node, decoding in
                guard let text = node.value(name, &decoding) else { return nil }
                switch text {
                case "stdout": return .stdout
                case "stderr": return .stderr
                case "off": return .off
                case _ where text.contains("/") && !text.hasSuffix("/") && !text.contains("\n"):
                    return .file(decoding.resolve(text))
                default:
                    let near = Nearest.match(text, in: words).map { "did you mean `\($0)`?" }
                    decoding.refuse(
                        node, "invalid value", expected: name,
                        suggestion: near ?? "write `./\(text.printable(max: 60))` for a file")
                    return nil
                }
            })
    }
}
