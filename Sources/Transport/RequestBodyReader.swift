import GatehouseCore
import GatehouseHTTP

/// Reads a request's body from its connection, piece by piece, as the handler asks.
///
/// Sends `100 Continue` when the first piece is asked for; enforces the minimum rate, counting only
/// the time that we wait for the client.
final class RequestBodyReader: BodySource {
    private unowned let connection: HTTPConnection
    private var framing = BodyFraming.none
    private var remaining = 0
    private var chunks = ChunkedDecoder()
    private var owesContinue = false
    private var waited = Duration.zero
    private var failed: BodyError?
    private var isInterrupted = false
    private(set) var received = 0
    private(set) var isComplete = true

    init(_ connection: HTTPConnection) { self.connection = connection }

    /// Starts over for a new request.
    func begin(_ head: MessageHead) {
        framing = head.framing
        waited = .zero
        failed = nil
        isInterrupted = false
        received = 0
        owesContinue = head.expectsContinue
        isComplete = false
        switch framing {
        case .length(let length): remaining = length
        case .chunked: chunks = ChunkedDecoder()
        case .none, .untilClose: isComplete = true
        }
    }

    /// Whether the client may never send the body because we did not ask for it.
    var isWithheld: Bool { owesContinue && received == 0 }

    /// Bytes that are known to be still to come.
    var outstanding: Int? { framing == .chunked ? nil : remaining }

    var isReady: Bool { isComplete || connection.socket.inbound?.isEmpty == false }

    func read(into output: Buffer) async throws(BodyError) -> Bool {
        if let failed { throw failed }
        do throws(BodyError) { return try await readPiece(into: output) } catch {
            failed = error
            throw error
        }
    }

    private func readPiece(into output: Buffer) async throws(BodyError) -> Bool {
        if isComplete { return false }
        if owesContinue { try await sendContinue() }
        while true {
            let before = output.end
            if let inbound = connection.socket.inbound, !inbound.isEmpty {
                try take(from: inbound, into: output)
            }
            let count = output.end - before
            if count > 0 {
                received += count
                guard received <= connection.bodyLimit else { throw .tooLarge }
                return true
            }
            if isComplete { return false }
            if !isInterrupted { try await waitForMore() }
            if isInterrupted {
                isInterrupted = false
                return true
            }
        }
    }

    private func take(from inbound: Buffer, into output: Buffer) throws(BodyError) {
        switch framing {
        case .length:
            let count = min(remaining, inbound.count, output.free)
            output.append(inbound.readable.extracting(0..<count))
            inbound.consume(count)
            remaining -= count
            isComplete = remaining == 0
        case .chunked:
            do throws(ParseError) {
                isComplete = try chunks.decode(inbound, into: output) == .end
            } catch {
                connection.noteBadRequest()
                throw .malformed(error.rawValue)
            }
        case .none, .untilClose:
            isComplete = true
        }
    }

    func interrupt() {
        isInterrupted = true
        connection.socket.interruptReader()
    }

    private func sendContinue() async throws(BodyError) {
        owesContinue = false
        guard connection.socket.inbound?.isEmpty ?? true else { return }
        do throws(SocketError) { try await connection.writeContinue() } catch {
            throw BodyError(error)
        }
    }

    private func waitForMore() async throws(BodyError) {
        let limits = connection.limits
        let earned = Duration.seconds(received / max(limits.bodyRateMin, 1))
        let allowance = limits.bodyGrace + earned - waited
        connection.socket.deadline.set(after: max(allowance, .milliseconds(1)))
        let start = MonotonicTime.now
        do throws(SocketError) {
            let more = try await connection.socket.fill()
            guard more || isInterrupted else { throw .disconnected }
        } catch {
            if error == .timedOut { connection.noteSlowBody() }
            throw BodyError(error)
        }
        waited += MonotonicTime.now - start
        connection.restartHandlerClock()
    }
}

extension BodyError {
    /// A socket's failure as a body's.
    init(_ error: SocketError) { self = error == .timedOut ? .timedOut : .disconnected }
}
