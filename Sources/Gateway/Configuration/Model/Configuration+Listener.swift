extension Configuration {
    /// An IP address and a port.
    public struct Address: Hashable, Sendable, CustomStringConvertible {
        /// An IPv4 or IPv6 address, without brackets.
        public var host: String
        /// 0 to 65535; 0 lets the system choose.
        public var port: Int

        /// An address by its parts, which are not checked.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// An address by its text, `127.0.0.1:8443` or `[::1]:8443`; nil if it is none.
        public init?(_ text: String) {
            guard let (host, port) = NetworkText.split(text), NetworkText.isAddress(host),
                let port = NetworkText.port(port, in: 0...65_535)
            else { return nil }
            self.init(host: host, port: port)
        }

        /// `host:port`, with brackets around IPv6.
        public var description: String {
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }

        /// Whether only this machine reaches it.
        public var isLoopback: Bool {
            guard let bits = NetworkText.bits(host) else { return false }
            if bits.count == 4 { return bits[0] == 127 }
            return bits.dropLast().allSatisfy { $0 == 0 } && bits.last == 1
        }
    }

    /// One place where connections are accepted.
    public struct Listener: Sendable {
        /// What is spoken there.
        public enum `Protocol`: String, CaseIterable, Sendable {
            /// HTTP over TLS.
            case https
            /// HTTP in plain: for loopback, or behind something that ends TLS.
            case http
            /// HTTP in plain that serves nothing: API calls are refused, page loads sent to HTTPS.
            case redirect
        }

        /// Where.
        public var address: Address
        /// What is spoken there. Default `https`.
        public var `protocol`: `Protocol`
        /// Whether each connection begins with a PROXY protocol header. Default false.
        public var proxyProtocol: Bool
        /// For `redirect`: the port in the redirect's address; nil for the first HTTPS listener's.
        public var redirectPort: Int?

        /// A listener.
        public init(
            address: Address, protocol: `Protocol` = .https, proxyProtocol: Bool = false,
            redirectPort: Int? = nil
        ) {
            self.address = address
            self.protocol = `protocol`
            self.proxyProtocol = proxyProtocol
            self.redirectPort = redirectPort
        }

        static let section = Section<Listener>(
            "a listener", Listener(address: Address(host: "127.0.0.1", port: 0)),
            [
                Field(
                    "address", \.address, .address,
                    "IP address and port. `0.0.0.0` and `[::]` stand for every address of the "
                        + "machine; port 0 lets the system choose.", isRequired: true),
                Field(
                    "protocol", \.protocol, .choice,
                    "`https`; `http` is the full service in plain, for loopback or behind "
                        + "something that ends TLS; `redirect` refuses API calls and sends page "
                        + "loads to HTTPS."),
                Field(
                    "proxy-protocol", \.proxyProtocol, .bool,
                    "Whether each connection begins with a PROXY protocol header (v1 or v2) that "
                        + "names the client. Then connections without one are refused."),
                Field(
                    "redirect-port", \.redirectPort, Kind.integer(1...65_535).optional,
                    "For `redirect`: the port that clients reach HTTPS on, "
                        + "where it is another than "
                        + "the first HTTPS listener's.", shownDefault: "that listener's"),
            ],
            check: { listener, node, decoding in
                guard listener.redirectPort != nil, listener.protocol != .redirect else { return }
                decoding.refuse(
                    node, "`redirect-port` on a listener that does not redirect",
                    found: "`protocol: \(listener.protocol.rawValue)`",
                    expected: "`protocol: redirect`, or no `redirect-port`")
            })
    }

    /// TLS on all HTTPS listeners.
    public struct TLS: Sendable {
        /// A protocol version.
        public enum Version: String, CaseIterable, Sendable {
            /// TLS 1.2 with forward secrecy and authenticated ciphers only.
            case tls12 = "1.2"
            /// TLS 1.3 only.
            case tls13 = "1.3"
        }

        /// A certificate chain and its key, as PEM files.
        public struct Certificate: Hashable, Sendable {
            /// Path of the chain, the host's certificate first.
            public var certificate: String
            /// Path of the private key.
            public var key: String

            /// A pair of files.
            public init(certificate: String, key: String) {
                self.certificate = certificate
                self.key = key
            }

            static let section = Section<Certificate>(
                "a certificate", Certificate(certificate: "", key: ""),
                [
                    Field(
                        "certificate", \.certificate, .file("a certificate file"),
                        "PEM file with the chain, the host's certificate first.", isRequired: true),
                    Field(
                        "key", \.key, .file("a private key file", isPrivate: true),
                        "PEM file with the private key. Others must not be able to read it.",
                        isRequired: true),
                ])
        }

        /// Certificates, chosen by the name that a client asks for; empty makes a local CA.
        public var certificates: [Certificate] = []
        /// The oldest version spoken. Default 1.2.
        public var minimum = Version.tls12

        /// The defaults.
        public init() {}

        static let section = Section<TLS>(
            "`tls`", TLS(),
            [
                Field(
                    "certificates", \.certificates,
                    .unique(of: .section(Certificate.section), "certificates", in: 0...1_000),
                    "Certificates, chosen by the name that a client asks for. Without any, a local "
                        + "CA and a certificate for `hosts` are made in the data folder."),
                Field(
                    "minimum", \.minimum, .choice,
                    "The oldest TLS version spoken. 1.2 means forward secrecy and authenticated "
                        + "ciphers only."),
            ])
    }
}
