import GatehouseCore
import GatehouseHTTP

/// An answer's body on its way through, of which a copy is kept up to a bound: nothing waits for
/// the copy, and an answer that breaks off teaches nothing.
final class ObservedBody: BodySource {
    private let source: any BodySource
    private let learner: TrafficLearner
    private var draft: ExchangeDraft?
    private var copy: [UInt8] = []

    /// Bytes of an answer that are looked at.
    static let bytesMax = 256 << 10

    init(_ source: any BodySource, _ draft: ExchangeDraft, _ learner: TrafficLearner) {
        self.source = source
        self.draft = draft
        self.learner = learner
    }

    deinit { learner.release(copy.count) }

    var isReady: Bool { source.isReady }
    func cancel() { source.cancel() }
    func interrupt() { source.interrupt() }

    func read(into output: Buffer) async throws(BodyError) -> Bool {
        let before = output.end
        let hasMore = try await source.read(into: output)
        guard draft != nil else { return hasMore }
        let count = output.end - before
        if count > 0, count <= output.count { keep(output.readable, last: count) }
        if !hasMore { finish() }
        return hasMore
    }

    private func keep(_ readable: RawSpan, last count: Int) {
        guard copy.count + count <= Self.bytesMax else {
            // Seen, but not looked at.
            if let draft { learner.submit(draft, answer: nil) }
            return drop()
        }
        guard learner.reserve(count) else { return drop() }
        copy.append(readable.extracting((readable.byteCount - count)..<readable.byteCount))
    }

    private func drop() {
        draft = nil
        learner.release(copy.count)
        copy = []
    }

    private func finish() {
        guard let draft else { return }
        learner.submit(draft, answer: copy)
        drop()
    }
}
