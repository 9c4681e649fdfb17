extension Configuration {
    /// What one address may ask of the connection layer, and when requests are shed.
    public struct Floods: Sendable {
        /// New connections of one address in a second. Default 100.
        public var connectionsPerSecond = 100
        /// New connections of one address at once. Default 512.
        public var connectionsBurst = 512
        /// TLS handshakes of one address in a second. Default 50.
        public var handshakesPerSecond = 50
        /// TLS handshakes of one address at once. Default 512.
        public var handshakesBurst = 512
        /// Handshakes that wait, on each loop. Default 1,024.
        public var handshakesQueuedMax = 1_024
        /// Percent of a loop's time for handshakes while other work waits. Default 25.
        public var handshakesShare = 25
        /// Requests of one address that are no HTTP, in the window. Default 100.
        public var badRequestsMax = 100
        /// The window for these. Default 1m.
        public var badRequestsWindow = Duration.seconds(60)
        /// How long an address that sent more gets no new connection. Default 1m.
        public var penalty = Duration.seconds(60)
        /// How late a loop may be before requests are shed. Default 200ms.
        public var lagTarget = Duration.milliseconds(200)
        /// How long it must have been late. Default 1s.
        public var lagInterval = Duration.seconds(1)

        /// The defaults.
        public init() {}

        static let section = Section<Floods>("`floods`", Floods(), rates + load)

        private static let rates: [Field<Floods>] = [
            Field(
                "connections-per-second", \.connectionsPerSecond, .integer(1...1_000_000),
                "New connections of one address; more are closed at once."),
            Field(
                "connections-burst", \.connectionsBurst, .integer(1...1_000_000),
                "New connections of one address that may come at once."),
            Field(
                "handshakes-per-second", \.handshakesPerSecond, .integer(1...1_000_000),
                "TLS handshakes of one address. One that is resumed, or refused at its first "
                    + "message, costs a quarter; one that breaks off later two."),
            Field(
                "handshakes-burst", \.handshakesBurst, .integer(1...1_000_000),
                "TLS handshakes of one address that may come at once."),
            Field(
                "handshakes-queued-max", \.handshakesQueuedMax, .integer(1...65_536),
                "Handshakes that wait for their turn, on each loop; addresses take turns."),
            Field(
                "handshakes-share", \.handshakesShare, .integer(1...90),
                "Percent of a loop's time for handshakes while other work waits."),
            Field(
                "bad-requests-max", \.badRequestsMax, .integer(1...1_000_000),
                "Requests of one address that are no HTTP, in `bad-requests-window`."),
            Field(
                "bad-requests-window", \.badRequestsWindow,
                .duration(.seconds(1)...(.seconds(3_600))), "The window for `bad-requests-max`."),
            Field(
                "penalty", \.penalty, .duration(.seconds(1)...(.seconds(86_400))),
                "How long an address that sent more of them gets no new connection."),
        ]

        private static let load: [Field<Floods>] = [
            Field(
                "lag-target", \.lagTarget, .duration(.milliseconds(10)...(.seconds(60))),
                "How late a loop may be; above it requests are shed, anonymous ones first."),
            Field(
                "lag-interval", \.lagInterval, .duration(.milliseconds(100)...(.seconds(60))),
                "How long a loop must have been late, or in time, before more or less is shed."),
        ]
    }
}
