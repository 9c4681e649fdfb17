import GatehouseCore
import GatehouseHTTP

/// Puts one response on the wire: head and body in one write where they fit, streams with
/// back-pressure, chunked where the length is unknown.
struct ResponseSender {
    let socket: Socket
    let buffers: BufferPool
    let writeTimeout: Duration
    let date: [UInt8]
    /// Bytes of the head that was written.
    private(set) var headBytes = 0

    init(socket: Socket, buffers: BufferPool, writeTimeout: Duration, date: [UInt8]) {
        self.socket = socket
        self.buffers = buffers
        self.writeTimeout = writeTimeout
        self.date = date
    }

    /// Sends `response`; false when the connection can't be used again though all was sent.
    /// - Parameter batches: whether the last piece may wait for the next response.
    mutating func send(
        _ response: Response, to request: Request, closes: Bool, batches: Bool
    ) async throws(SocketError) -> Bool {
        let framing = ResponseFraming(
            for: response, method: request.method, minorVersion: request.head.minorVersion)
        let closes = closes || framing.closes
        let output = socket.takePending() ?? buffers.borrow()
        var isOurs = true
        defer { if isOurs { buffers.giveBack(output) } }
        do throws(SocketError) {
            try await sendHead(response, request, framing, closes, output)
        } catch {
            if case .stream(let source, _) = response.body { source.cancel() }
            throw error
        }
        if framing.sendsBody {
            try await sendBody(response.body, chunked: framing.field == .chunked, output)
        } else if case .stream(let source, _) = response.body {
            source.cancel()
        }
        if batches, !closes, output.free >= Self.batchRoom {
            isOurs = false
            socket.writeLater(output)
        } else {
            try await write(output)
        }
        return !closes
    }

    /// Sends a piece; the peer has its full time to take it.
    private func write(_ output: Buffer) async throws(SocketError) {
        socket.deadline.set(after: writeTimeout)
        try await socket.write(output)
    }

    /// Writes the head behind what is pending; what is pending goes first if both don't fit.
    private mutating func sendHead(
        _ response: Response, _ request: Request, _ framing: ResponseFraming, _ closes: Bool,
        _ output: Buffer
    ) async throws(SocketError) {
        if writeHead(response, request, framing, closes, output) { return }
        try await write(output)
        guard writeHead(response, request, framing, closes, output) else { throw .disconnected }
    }

    /// Free bytes under which a batch of pipelined responses is sent.
    private static let batchRoom = 8_192

    private mutating func writeHead(
        _ response: Response, _ request: Request, _ framing: ResponseFraming, _ closes: Bool,
        _ output: Buffer
    ) -> Bool {
        let before = output.count
        let isWritten = HeadWriter.response(
            response, date: date, closes: closes,
            keepsAliveHTTP10: request.head.minorVersion == 0, framing: framing, into: output)
        headBytes = output.count - before
        return isWritten
    }

    /// Head and body of a response that is all there, if they fit `output`.
    static func writeWhole(
        _ response: Response, to request: Request, date: [UInt8], into output: Buffer
    ) -> Bool {
        let framing = ResponseFraming(
            for: response, method: request.method, minorVersion: request.head.minorVersion)
        let written = HeadWriter.response(
            response, date: date, closes: true, keepsAliveHTTP10: false, framing: framing,
            into: output)
        guard written, framing.sendsBody, case .bytes(let bytes) = response.body else {
            return written
        }
        guard bytes.count <= output.free else { return false }
        output.append(bytes)
        return true
    }

    private func sendBody(
        _ body: ResponseBody, chunked: Bool, _ output: Buffer
    ) async throws(SocketError) {
        switch body {
        case .none: return
        case .bytes(let bytes): try await sendBytes(bytes, output)
        case .stream(let source, let length):
            let pump = BodyPump(socket: socket, timeout: writeTimeout)
            do throws(BodyPump.Failure) {
                try await pump.run(source, length: length, chunked: chunked, output)
            } catch {
                source.cancel()
                throw .disconnected
            }
        }
    }

    private func sendBytes(_ bytes: [UInt8], _ output: Buffer) async throws(SocketError) {
        if bytes.count <= output.free { return output.append(bytes) }
        var position = 0
        while position < bytes.count {
            let count = min(output.free, bytes.count - position)
            output.append(bytes.raw.extracting(position..<position + count))
            position += count
            if position < bytes.count { try await write(output) }
        }
    }
}
