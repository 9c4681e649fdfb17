import Synchronization

extension Metrics {
    /// A family whose samples are read when somebody asks: numbers that others keep anyway.
    package struct Reading: Sendable {
        package enum Kind: Sendable { case counter, gauge }

        package struct Sample {
            let labels: KeyValuePairs<StaticString, String>
            let value: Int

            package init(_ value: Int, _ labels: KeyValuePairs<StaticString, String> = [:]) {
                self.labels = labels
                self.value = value
            }
        }

        let name: String
        let kind: PrometheusText.Kind
        let help: String
        let read: @Sendable () -> [Sample]

        package init(
            _ name: StaticString, _ kind: Kind, _ help: StaticString,
            read: @escaping @Sendable () -> [Sample]
        ) {
            self.name = "\(name)"
            self.kind = kind == .counter ? .counter : .gauge
            self.help = "\(help)"
            self.read = read
        }
    }

    /// Adds a family; of one name the first counts.
    package func watch(_ reading: Reading) {
        state.withLock { state in
            guard !state.readings.contains(where: { $0.name == reading.name }) else { return }
            state.readings.append(reading)
        }
    }

    func renderReadings(to text: inout PrometheusText) {
        for reading in state.withLock({ $0.readings }) {
            text.family(reading.name, reading.kind, reading.help)
            for sample in reading.read() { text.sample(sample.labels, sample.value) }
        }
    }
}
