import GatehouseCore
import GatehouseCrypto
import GatehouseHTTP
import GatehouseObservability
import GatehouseValidation
import Glibc
import Synchronization

/// Learns what an API is like from requests that were let in and answered well.
///
/// The loops only copy and queue; a thread beside them looks, and writes down what it learned. What
/// does not fit the queue is left out: nothing waits for learning.
final class TrafficLearner: Sendable {
    private struct Waiting: Sendable {
        var exchange: ObservedExchange
        var client: ExchangeDraft.Client
        var coding: String?
    }

    private struct Queue: Sendable {
        var waiting: [Waiting] = []
        var bytes = 0
    }

    private static let waitingMax = 4_096
    private static let waitingBytesMax = 16 << 20
    /// Bytes of answers on their way that are copied at a time, over all loops.
    private static let copiedBytesMax = 16 << 20
    private static let pace = Duration.milliseconds(100)
    /// Of each pace: whoever makes learning dear must not slow requests down.
    private static let workMax = Duration.milliseconds(20)
    /// Between two writes of the file; more where writing takes long.
    private static let savePace = Duration.seconds(2)
    private static let saveShare = 50

    private let file: LearnedFile
    private let logger: Logger
    private let queue = Mutex(Queue())
    private let copied = Atomic<Int>(0)
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<pthread_t?>(nil)

    init(folder: String, logger: Logger) {
        file = LearnedFile(folder: folder)
        self.logger = logger
    }

    // MARK: On the loops

    /// A draft of a request that is to be looked at; most of a busy operation's are not.
    func draft(
        _ request: Request, _ body: InputCheck.Body, _ match: OpenAPIMatch?
    ) -> ExchangeDraft? {
        guard let route = request.route, let storage = request.loopStorage else { return nil }
        let sample = storage.value(for: self) { TrafficSample() }
        guard sample.takes(request, route.index) else { return nil }
        return ExchangeDraft(
            request, body, template: template(match, of: request) ?? route.pattern)
    }

    /// The document's path where it is the request's: not behind a server's own path.
    private func template(_ match: OpenAPIMatch?, of request: Request) -> String? {
        guard let path = match?.operation.path else { return nil }
        let count = path.utf8.count { $0 == 0x2F }
        return count == request.path.utf8.count { $0 == 0x2F } ? path : nil
    }

    /// Looks at an answer of the upstream's; only a good one teaches.
    func observe(_ request: Request, _ response: inout Response) {
        guard let draft = request.learning as? ExchangeDraft else { return }
        request.learning = nil
        guard (200..<400).contains(response.status), response.code == nil else { return }
        draft.exchange.status = response.status
        let hasBody =
            request.method != .head && response.status != 204 && response.status != 304
        let type = response.contentType?.value ?? response.fields[.contentType]
        guard hasBody, let type, response.body.length != 0 else {
            return submit(draft, answer: nil)
        }
        draft.exchange.answer = .init(mediaType: type, bytes: nil)
        draft.coding = response.fields[.contentEncoding]
        guard ContentType(Array(type.utf8).raw)?.isJSON == true, response.status != 206,
            (response.body.length ?? 0) <= ObservedBody.bytesMax
        else { return submit(draft, answer: nil) }
        switch response.body {
        case .none: submit(draft, answer: nil)
        case .bytes(let bytes): submit(draft, answer: bytes)
        case .stream(let source, let length):
            response.body = .stream(ObservedBody(source, draft, self), length: length)
        }
    }

    /// Queues an exchange; without an answer's bytes only its media type is known.
    func submit(_ draft: ExchangeDraft, answer: [UInt8]?) {
        var waiting = Waiting(
            exchange: draft.exchange, client: draft.client, coding: draft.coding)
        if let answer { waiting.exchange.answer?.bytes = answer }
        let fields = (waiting.exchange.headers + waiting.exchange.cookies)
            .reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 64 }
        let bytes =
            1_024 + waiting.exchange.path.utf8.count + (waiting.exchange.query?.utf8.count ?? 0)
            + fields + (waiting.exchange.body?.bytes?.count ?? 0)
            + (waiting.exchange.answer?.bytes?.count ?? 0)
        queue.withLock { queue in
            guard queue.waiting.count < Self.waitingMax,
                queue.bytes + bytes <= Self.waitingBytesMax
            else { return }
            queue.waiting.append(waiting)
            queue.bytes += bytes
        }
    }

    /// Room for a copy; false when there is none.
    func reserve(_ count: Int) -> Bool {
        let now = copied.wrappingAdd(count, ordering: .relaxed).newValue
        if now <= Self.copiedBytesMax { return true }
        release(count)
        return false
    }

    func release(_ count: Int) {
        if count > 0 { copied.wrappingSubtract(count, ordering: .relaxed) }
    }

    // MARK: Beside them

    /// Starts learning, once; what is there from before goes on.
    func start() {
        thread.withLock { thread in
            guard thread == nil, !isStopping.load(ordering: .acquiring) else { return }
            let box = unsafe Unmanaged.passRetained(self)
            var started = pthread_t()
            let code = unsafe pthread_create(
                &started, nil,
                { argument in
                    unsafe Unmanaged<TrafficLearner>.fromOpaque(argument.unsafelyUnwrapped)
                        .takeRetainedValue().work()
                    return nil
                }, box.toOpaque())
            guard code == 0 else { return unsafe box.release() }
            thread = started
        }
    }

    /// Ends after what waits was looked at and written down.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        guard let started = thread.withLock({ $0.take() }) else { return }
        pthread_join(started, nil)
    }

    private func take() -> [Waiting] {
        queue.withLock { queue in
            let waiting = queue.waiting
            queue = Queue()
            return waiting
        }
    }

    /// Looks at what waits, for a share of the time; whether there was anything.
    private func look(
        _ backlog: inout [Waiting], isLast: Bool, _ memory: inout LearnedMemory
    ) -> Bool {
        let end = MonotonicTime.now + Self.workMax
        var done = 0
        while done < backlog.count, isLast || MonotonicTime.now < end {
            let entry = backlog[done]
            memory.observe(entry.exchange, entry.client, entry.coding)
            done += 1
        }
        backlog.removeFirst(done)
        return done > 0
    }

    private func work() {
        var memory = LearnedMemory(file, logger)
        memory.begin()
        var isDirty = true
        var next = MonotonicTime.now
        var backlog: [Waiting] = []
        while true {
            let isLast = isStopping.load(ordering: .acquiring)
            if backlog.isEmpty || isLast { backlog += take() }
            memory.forgetIfReset()
            isDirty = look(&backlog, isLast: isLast, &memory) || isDirty
            let now = MonotonicTime.now
            if isDirty, isLast || now >= next {
                memory.save()
                isDirty = false
                let took = MonotonicTime.now - now
                next = .now + max(Self.savePace, took * Self.saveShare)
            }
            if isLast { return }
            var pause = timespec(tv_sec: 0, tv_nsec: Int(Self.pace.nanoseconds))
            unsafe nanosleep(&pause, nil)
        }
    }
}
