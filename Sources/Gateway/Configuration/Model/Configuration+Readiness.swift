extension Configuration {
    /// What `/health/ready` depends on: a load balancer sends requests only where it says 200.
    public struct Readiness: Sendable {
        /// Something without which a gate may want no requests.
        public enum Part: String, CaseIterable, Sendable {
            /// The database of accounts, where there are any.
            case database
            /// A healthy server of any upstream, where there are upstreams.
            case upstreams
            /// The Redis that gates share, where there is one.
            case redis
        }

        /// What must answer. Default the database and upstreams: without Redis each part does what
        /// the configuration says.
        public var requires = [Part.database, .upstreams]
        /// How long something may not answer before it counts. Default 3s.
        public var tolerance = Duration.seconds(3)

        /// The defaults.
        public init() {}

        static let section = Section<Readiness>(
            "`readiness`", Readiness(),
            [
                Field(
                    "requires", \.requires,
                    .unique(of: .choice, "parts", in: 0...Part.allCases.count),
                    "What must answer for `/health/ready` to say 200: `database`, that of "
                        + "accounts, `upstreams`, one healthy server of any, and `redis`."),
                Field(
                    "tolerance", \.tolerance, .duration(.seconds(2)...(.seconds(300))),
                    "How long the database may not answer before readiness says so. It is asked in "
                        + "the background, however often somebody asks for readiness."),
            ])
    }
}
