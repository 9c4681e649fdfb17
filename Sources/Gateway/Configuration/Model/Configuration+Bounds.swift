public import GatehouseCore

extension Configuration {
    /// Bounds on connections. What exceeds them is refused, never queued without end.
    public struct Connections: Sendable {
        /// Connections in all. Default 10,000.
        public var max = 10_000
        /// Connections of one client address (IPv6: one /64). Default 512.
        public var perClient = 512
        /// Requests on one connection. Default 10,000.
        public var requestsMax = 10_000
        /// Requests of one connection in flight. Default 16.
        public var pipelinedMax = 16

        /// The defaults.
        public init() {}

        static let section = Section<Connections>(
            "`connections`", Connections(),
            [
                Field("max", \.max, .integer(1...10_000_000), "Connections in all."),
                Field(
                    "per-client", \.perClient, .integer(1...10_000_000),
                    "Connections of one client address; an IPv6 client counts by its /64."),
                Field(
                    "requests-max", \.requestsMax, .integer(1...1_000_000_000),
                    "Requests on one connection; after the last it is closed."),
                Field(
                    "pipelined-max", \.pipelinedMax, .integer(1...1_024),
                    "Requests of one connection that wait for an answer."),
            ],
            check: { connections, node, decoding in
                guard connections.perClient > connections.max else { return }
                decoding.refuse(
                    node, "`per-client` is larger than `max`",
                    found: "\(connections.perClient) of \(connections.max)",
                    expected: "`per-client` of at most `max`")
            })
    }

    /// Bounds on messages.
    public struct HTTP: Sendable {
        /// Bytes of a request's head. Default 16KiB.
        public var headerBytesMax = ByteCount.kibibytes(16)
        /// Header fields in a request. Default 100.
        public var headerCountMax = 100
        /// Bytes of the request line or of one field. Default 8KiB.
        public var lineMax = ByteCount.kibibytes(8)
        /// Bytes of a request's body, where a route says nothing. Default 1MiB.
        public var bodyMax = ByteCount.mebibytes(1)

        /// The defaults.
        public init() {}

        static let section = Section<HTTP>(
            "`http`", HTTP(),
            [
                Field(
                    "header-bytes-max", \.headerBytesMax, .size(.kibibytes(1)...(.mebibytes(1))),
                    "Bytes of a request's head: request line and fields."),
                Field(
                    "header-count-max", \.headerCountMax, .integer(8...10_000),
                    "Fields in a request."),
                Field(
                    "line-max", \.lineMax, .size(.bytes(256)...(.mebibytes(1))),
                    "Bytes of the request line or of one field."),
                Field(
                    "body-max", \.bodyMax, .size(.bytes(0)...(.mebibytes(1 << 20))),
                    "Bytes of a request's body, where a route says nothing."),
            ],
            check: { http, node, decoding in
                guard http.lineMax > http.headerBytesMax else { return }
                decoding.refuse(
                    node, "`line-max` is larger than `header-bytes-max`",
                    found: "\(http.lineMax) of \(http.headerBytesMax)",
                    expected: "`line-max` of at most `header-bytes-max`")
            })
    }

    /// Clocks. Each has an end: nothing waits for ever.
    public struct Timeouts: Sendable {
        /// For a request's head to be complete. Default 10s.
        public var header = Duration.seconds(10)
        /// Bytes in a second that a head that comes in pieces must keep up. Default 512B.
        public var headerRateMin = ByteCount.bytes(512)
        /// Bytes in a second that a request's body must keep up. Default 1KiB.
        public var bodyRateMin = ByteCount.kibibytes(1)
        /// For a kept connection without a request. Default 75s.
        public var idle = Duration.seconds(75)
        /// For an answer to begin, where a route says nothing. Default 30s.
        public var handler = Duration.seconds(30)
        /// For what was accepted to finish at the end. Default 30s.
        public var drain = Duration.seconds(30)
        /// For a load balancer to notice that the program ends, before listeners close. Default 0.
        public var drainDelay = Duration.zero
        /// For a TLS handshake. Default 10s.
        public var handshake = Duration.seconds(10)
        /// For a client to take what was written. Default 30s.
        public var write = Duration.seconds(30)
        /// Bytes in a second that a client must take in the long run. Default 1KiB.
        public var writeRateMin = ByteCount.kibibytes(1)

        /// The defaults.
        public init() {}

        static let section = Section<Timeouts>(
            "`timeouts`", Timeouts(),
            [
                Field(
                    "header", \.header, .duration(.milliseconds(100)...(.seconds(300))),
                    "For a request's head to be complete."),
                Field(
                    "header-rate-min", \.headerRateMin, .rate(.bytes(1)...(.mebibytes(1))),
                    "What a head that comes in pieces must keep up, after 3 seconds."),
                Field(
                    "body-rate-min", \.bodyRateMin, .rate(.bytes(1)...(.mebibytes(100))),
                    "What a request's body must keep up."),
                Field(
                    "idle", \.idle, .duration(.milliseconds(100)...(.seconds(3_600))),
                    "For a kept connection without a request."),
                Field(
                    "handler", \.handler, .duration(.milliseconds(10)...(.seconds(3_600))),
                    "For an answer to begin, where a route says nothing."),
                Field(
                    "drain", \.drain, .duration(.seconds(0)...(.seconds(3_600))),
                    "For what was accepted to finish when the program ends."),
                Field(
                    "drain-delay", \.drainDelay, .duration(.seconds(0)...(.seconds(300))),
                    "How long the program serves on when it is told to end, while "
                        + "`/health/ready` says 503 and answers end their connections: for a "
                        + "load balancer to send new requests elsewhere."),
                Field(
                    "handshake", \.handshake, .duration(.milliseconds(100)...(.seconds(300))),
                    "For a TLS handshake."),
                Field(
                    "write", \.write, .duration(.milliseconds(100)...(.seconds(3_600))),
                    "How long a client may take nothing of what was written."),
                Field(
                    "write-rate-min", \.writeRateMin, .rate(.bytes(1)...(.mebibytes(100))),
                    "What a client must take in the long run; it may fall behind by `write`."),
            ])
    }
}
