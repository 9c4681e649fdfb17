extension Configuration {
    /// What is known of where addresses belong.
    public struct Geo: Sendable {
        /// A file in the MaxMind format with autonomous systems, such as GeoLite2-ASN; nil for
        /// none. Read anew with each reload; replace it by renaming another onto its name.
        public var asnDatabase: String?

        /// Nothing is known.
        public init() {}

        static let section = Section<Geo>(
            "`geo`", Geo(),
            [
                Field(
                    "asn-database", \.asnDatabase,
                    Kind.file("a MaxMind file", bytesMax: 1 << 28).optional,
                    "A file in the MaxMind format with autonomous systems, such as GeoLite2-ASN, "
                        + "for limits by `asn`. A reload follows the file; replace it by renaming "
                        + "another onto its name, as `geoipupdate` does.")
            ])
    }
}
