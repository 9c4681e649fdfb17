import GatehouseCore

/// Writes the Prometheus text format, version 0.0.4.
struct PrometheusText {
    enum Kind: String { case counter, gauge, histogram }

    private(set) var bytes: [UInt8] = []
    private var name = ""

    init() { bytes.reserveCapacity(16_384) }

    /// Begins a family; its samples follow.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        line("# HELP ", name, " ", help)
        line("# TYPE ", name, " ", kind.rawValue)
    }

    /// A sample without labels.
    mutating func sample(_ value: Int) { sample([:], value) }

    /// A sample with a whole number.
    mutating func sample(_ labels: KeyValuePairs<StaticString, String>, _ value: Int) {
        begin("", labels)
        bytes.append(decimal: value)
        bytes.append(0x0A)
    }

    /// A sample in seconds, from nanoseconds.
    mutating func sample(nanoseconds: Int) { sample([:], nanoseconds: nanoseconds) }

    /// A sample in seconds, from nanoseconds.
    mutating func sample(
        _ labels: KeyValuePairs<StaticString, String>, nanoseconds: Int
    ) {
        begin("", labels)
        append(nanoseconds: nanoseconds)
        bytes.append(0x0A)
    }

    /// The samples of a histogram: cumulative buckets, sum and count, which agree by construction.
    mutating func histogram(_ label: (StaticString, String), _ totals: AnswerTotals) {
        var cumulative = 0
        for (bound, count) in zip(LatencyBuckets.labels, totals.buckets) {
            cumulative += count
            begin("_bucket", [label.0: label.1, "le": bound.description])
            bytes.append(decimal: cumulative)
            bytes.append(0x0A)
        }
        begin("_sum", [label.0: label.1])
        append(nanoseconds: totals.nanoseconds)
        bytes.append(0x0A)
        begin("_count", [label.0: label.1])
        bytes.append(decimal: cumulative)
        bytes.append(0x0A)
    }

    private mutating func begin(
        _ suffix: StaticString, _ labels: KeyValuePairs<StaticString, String>
    ) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(suffix)
        if !labels.isEmpty {
            var separator: UInt8 = 0x7B
            for (label, value) in labels {
                bytes.append(separator)
                bytes.append(label)
                bytes.append("=\"")
                append(labelValue: value)
                bytes.append(0x22)
                separator = 0x2C
            }
            bytes.append(0x7D)
        }
        bytes.append(0x20)
    }

    private mutating func append(labelValue: String) {
        for byte in labelValue.utf8 {
            switch byte {
            case 0x22: bytes.append("\\\"")
            case 0x5C: bytes.append("\\\\")
            case 0x0A: bytes.append("\\n")
            default: bytes.append(byte)
            }
        }
    }

    private mutating func append(nanoseconds: Int) {
        bytes.append(decimal: nanoseconds / 1_000_000_000)
        bytes.append(0x2E)
        bytes.append(padded: abs(nanoseconds % 1_000_000_000), width: 9)
    }

    private mutating func line(_ parts: String...) {
        for part in parts { bytes.append(contentsOf: part.utf8) }
        bytes.append(0x0A)
    }
}
