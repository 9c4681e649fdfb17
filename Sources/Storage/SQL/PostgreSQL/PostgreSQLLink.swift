import CPostgreSQL
import GatehouseCore
import Glibc

/// One line to a PostgreSQL server that never waits without a bound: libpq in its non-blocking
/// form, with a clock and a bell beside the socket.
@safe final class PostgreSQLLink {
    private let handle: OpaquePointer
    let interruption: Interruption
    private var isBroken = false

    /// How long a server may take to answer that it ended a statement.
    private static let cancelGrace = Duration.seconds(2)

    /// Most reads of what a server sent unasked before a line is given up.
    private static let leftoversMax = 8

    /// How the answer to one request ended.
    enum End {
        case done(command: String, changed: Int)
        case failed(PostgreSQLFailure)
        /// The line is gone; nobody knows what the server did.
        case lost(DatabaseError)
    }

    /// Connects. Resolving a name is the system resolver's, with its bounds.
    init(
        _ address: PostgreSQLAddress, interruption: Interruption, until end: MonotonicTime
    ) throws(DatabaseError) {
        let settings = address.settings.dangerouslyRevealed.sorted { $0.key < $1.key }
        let keywords = PostgreSQLTexts(settings.map(\.key))
        let values = PostgreSQLTexts(settings.map(\.value))
        guard let handle = unsafe PQconnectStartParams(keywords.pointers, values.pointers, 0) else {
            throw .unavailable("no memory")
        }
        do throws(DatabaseError) {
            try unsafe Self.finish(handle, interruption, until: end)
        } catch {
            unsafe PQfinish(handle)
            throw error
        }
        unsafe self.handle = unsafe handle
        self.interruption = interruption
        unsafe PQsetNoticeProcessor(handle, { _, _ in }, nil)
        unsafe PQsetnonblocking(handle, 1)
    }

    deinit { unsafe PQfinish(handle) }

    private static func finish(
        _ handle: OpaquePointer, _ interruption: Interruption, until end: MonotonicTime
    ) throws(DatabaseError) {
        // What `PQconnectStart` asks for first, before it was polled.
        var wanted = PGRES_POLLING_WRITING
        while true {
            guard unsafe PQstatus(handle) != CONNECTION_BAD else {
                // libpq names host and port, and never the password.
                let text = unsafe String(cString: PQerrorMessage(handle))
                throw .unavailable(text.split(separator: "\n").first.map(String.init) ?? "refused")
            }
            if wanted == PGRES_POLLING_OK { return }
            let events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT
            let socket = unsafe PQsocket(handle)
            switch interruption.bell.wait(socket: socket, events: Int16(events), until: end) {
            case .socket: wanted = unsafe PQconnectPoll(handle)
            case .rung: if interruption.isCancelled { throw .cancelled }
            case .late: throw .unavailable("connecting to PostgreSQL took too long")
            }
        }
    }

    /// Whether the line stands, as far as this side can tell without asking the server.
    var isUsable: Bool {
        guard !isBroken, unsafe PQstatus(handle) == CONNECTION_OK else { return false }
        // A server that went away left a last error, an end of file, or both on an idle line.
        for _ in 0..<Self.leftoversMax {
            var polled = unsafe pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&polled, 1, 0) > 0 else { return true }
            isBroken = unsafe PQconsumeInput(handle) == 0 || PQstatus(handle) != CONNECTION_OK
            if isBroken { return false }
        }
        isBroken = true
        return false
    }

    /// Whether the server has a transaction open on this line.
    var isInTransaction: Bool {
        let status = unsafe PQtransactionStatus(handle)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    // MARK: Requests

    /// Runs a text with values.
    func run(
        _ text: String, _ parameters: PostgreSQLParameters, until end: MonotonicTime,
        _ row: (PostgreSQLAnswer) -> Bool
    ) -> End {
        let sent = unsafe PQsendQueryParams(
            handle, text, parameters.count, nil, parameters.pointers, parameters.lengths,
            parameters.formats, 0)
        return answer(sent, until: end, row)
    }

    /// Runs a prepared statement with values.
    func run(
        prepared name: String, _ parameters: PostgreSQLParameters, until end: MonotonicTime,
        _ row: (PostgreSQLAnswer) -> Bool
    ) -> End {
        let sent = unsafe PQsendQueryPrepared(
            handle, name, parameters.count, parameters.pointers, parameters.lengths,
            parameters.formats, 0)
        return answer(sent, until: end, row)
    }

    /// Prepares a text under a name.
    func prepare(_ text: String, as name: String, until end: MonotonicTime) -> End {
        answer(unsafe PQsendPrepare(handle, name, text, 0, nil), until: end) { _ in true }
    }

    private func answer(
        _ sent: Int32, until end: MonotonicTime, _ row: (PostgreSQLAnswer) -> Bool
    ) -> End {
        guard sent == 1 else {
            isBroken = true
            return .lost(.unavailable("the connection to PostgreSQL broke"))
        }
        // Rows one by one: an answer larger than the limits is never held whole.
        unsafe PQsetSingleRowMode(handle)
        var clock = StatementClock(end: end, grace: Self.cancelGrace)
        var last = End.lost(.unexpected("no answer"))
        do throws(DatabaseError) {
            try flush(&clock)
            while true {
                try fill(&clock)
                guard let result = unsafe PQgetResult(handle) else { return last }
                let answer = unsafe PostgreSQLAnswer(unsafe: result)
                switch answer.status {
                case .row:
                    guard row(answer) else {
                        isBroken = true
                        cancel()
                        return .lost(.tooLarge)
                    }
                case .done(let command, let changed):
                    last = .done(command: command, changed: changed)
                case .failed(let failure):
                    if failure.endsConnection { isBroken = true }
                    last = .failed(clock.explained(failure))
                case .foreign:
                    isBroken = true
                    return .lost(.refused("COPY"))
                }
            }
        } catch {
            isBroken = true
            return .lost(error)
        }
    }

    private func flush(_ clock: inout StatementClock) throws(DatabaseError) {
        while true {
            switch unsafe PQflush(handle) {
            case 0: return
            case 1:
                // The server may have to be read from before it takes more.
                try wait(POLLIN | POLLOUT, &clock)
                try consume()
            default: throw .unavailable("the connection to PostgreSQL broke")
            }
        }
    }

    private func fill(_ clock: inout StatementClock) throws(DatabaseError) {
        while unsafe PQisBusy(handle) == 1 {
            try wait(POLLIN, &clock)
            try consume()
        }
    }

    private func consume() throws(DatabaseError) {
        guard unsafe PQconsumeInput(handle) == 1 else {
            throw .unavailable("the connection to PostgreSQL broke")
        }
    }

    private func wait(_ events: Int32, _ clock: inout StatementClock) throws(DatabaseError) {
        while true {
            if clock.stopped == nil, interruption.isCancelled {
                clock.stop(.cancelled)
                cancel()
            }
            let socket = unsafe PQsocket(handle)
            switch interruption.bell.wait(
                socket: socket, events: Int16(events), until: clock.end)
            {
            case .socket: return
            case .rung: continue
            case .late:
                if let why = clock.stopped { throw why }
                clock.stop(.unavailable("a statement took too long"))
                cancel()
            }
        }
    }

    /// Asks the server to stop. The line is not used again: the request may come after the
    /// statement's end and would meet the next one.
    private func cancel() {
        isBroken = true
        unsafe PostgreSQLCancellation.request(unsafe: handle)
    }
}

/// When a statement has to end, and why it was asked to.
private struct StatementClock {
    var end: MonotonicTime
    let grace: Duration
    private(set) var stopped: DatabaseError?

    init(end: MonotonicTime, grace: Duration) {
        self.end = end
        self.grace = grace
    }

    mutating func stop(_ why: DatabaseError) {
        stopped = why
        end = .now + grace
    }

    /// A failure that is the answer to our own request to stop.
    func explained(_ failure: PostgreSQLFailure) -> PostgreSQLFailure {
        guard let stopped, failure.state == "57014" else { return failure }
        return PostgreSQLFailure(state: failure.state, isFatal: failure.isFatal, error: stopped)
    }
}

/// Texts for C, with a nil at the end.
@safe private final class PostgreSQLTexts {
    private(set) var pointers: [UnsafePointer<CChar>?]

    init(_ texts: [String]) {
        unsafe pointers = unsafe texts.map { unsafe UnsafePointer(strdup($0)) } + [nil]
    }

    deinit {
        for index in unsafe pointers.indices {
            unsafe free(UnsafeMutablePointer(mutating: pointers[index]))
        }
    }
}
