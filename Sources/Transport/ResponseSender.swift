import GatehouseCore
import GatehouseHTTP

/// Puts one response on the wire: head and body in one write where they fit, streams with
/// back-pressure, chunked where the length is unknown.
struct ResponseSender {
    let socket: Socket
    let buffers: BufferPool
    let writeTimeout: Duration
    let date: [UInt8]

    /// Sends `response`; false when the connection can't be used again though all was sent.
    /// - Parameter batches: whether the last piece may wait for the next response.
    func send(
        _ response: Response, to request: Request, closes: Bool, batches: Bool
    ) async throws(SocketError) -> Bool {
        let framing = Self.framing(response, request)
        let closes = closes || framing == .untilClose
        let output = socket.takePending() ?? buffers.borrow()
        var isOurs = true
        defer { if isOurs { buffers.giveBack(output) } }
        if !writeHead(response, request, framing, closes, output) {
            try await socket.write(output)
            guard writeHead(response, request, framing, closes, output) else {
                throw .disconnected
            }
        }
        if framing != .none || response.body.length ?? 1 > 0, Self.hasBody(response, request) {
            try await sendBody(response.body, framing, output)
        } else if case .stream(let source, _) = response.body {
            source.cancel()
        }
        if batches, !closes, output.free >= Self.batchRoom {
            isOurs = false
            socket.writeLater(output)
        } else {
            try await socket.write(output)
        }
        return !closes
    }

    /// Free bytes under which a batch of pipelined responses is sent.
    private static let batchRoom = 8_192

    private func writeHead(
        _ response: Response, _ request: Request, _ framing: ResponseFraming, _ closes: Bool,
        _ output: Buffer
    ) -> Bool {
        HeadWriter.response(
            response, minorVersion: request.head.minorVersion, date: date, closes: closes,
            framing: framing, into: output)
    }

    static func hasBody(_ response: Response, _ request: Request) -> Bool {
        request.method != .head && response.status != 204 && response.status != 304
    }

    static func framing(_ response: Response, _ request: Request) -> ResponseFraming {
        if response.status == 204 || response.status == 304 { return .none }
        if let length = response.statedLength ?? response.body.length { return .length(length) }
        return request.head.minorVersion >= 1 ? .chunked : .untilClose
    }

    /// Head and body of a response that is all there, if they fit `output`.
    static func writeWhole(
        _ response: Response, to request: Request, date: [UInt8], into output: Buffer
    ) -> Bool {
        let written = HeadWriter.response(
            response, minorVersion: request.head.minorVersion, date: date, closes: true,
            framing: framing(response, request), into: output)
        guard written, hasBody(response, request), case .bytes(let bytes) = response.body else {
            return written
        }
        guard bytes.count <= output.free else { return false }
        output.append(bytes)
        return true
    }

    private func sendBody(
        _ body: ResponseBody, _ framing: ResponseFraming, _ output: Buffer
    ) async throws(SocketError) {
        switch body {
        case .none: return
        case .bytes(let bytes): try await sendBytes(bytes, output)
        case .stream(let source, let length):
            let pump = BodyPump(socket: socket, timeout: writeTimeout)
            do throws(BodyPump.Failure) {
                try await pump.run(source, length: length, chunked: framing == .chunked, output)
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
            if position < bytes.count { try await socket.write(output) }
        }
    }
}
