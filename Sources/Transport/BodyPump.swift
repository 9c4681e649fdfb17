package import GatehouseCore
package import GatehouseHTTP

/// Carries a body from its source to a socket at the pace of the slower one.
///
/// What is at hand goes out together with what was written before; before a wait, everything
/// written so far is sent, so that events pass at once.
package struct BodyPump {
    private let socket: Socket
    private let timeout: Duration

    /// - Parameter timeout: how long the receiver may take to take a piece.
    package init(socket: Socket, timeout: Duration) {
        self.socket = socket
        self.timeout = timeout
    }

    /// Why a body did not get through.
    package enum Failure: Error, Equatable {
        /// The sender failed.
        case source(BodyError)
        /// The receiver failed.
        case sink(SocketError)
        /// The body is longer or shorter than stated.
        case wrongLength
        /// `isUnwanted` said so.
        case unwanted
    }

    /// Free bytes under which the buffer is sent first.
    private static let room = 4_096
    /// Bytes kept free behind a chunk: its end and the last chunk.
    private static let chunkTail = ChunkFraming.overhead + ChunkFraming.lastCount

    /// Carries everything; the end of the body stays in `output` for the caller to send.
    package func run(
        _ source: any BodySource, length: Int?, chunked: Bool, _ output: Buffer,
        isUnwanted: () -> Bool = { false }
    ) async throws(Failure) {
        var carried = 0
        while true {
            if !source.isReady || output.free < Self.room { try await flush(output) }
            let start = output.end
            if chunked { _ = ChunkFraming.begin(in: output) }
            let mark = output.end
            output.reserved = chunked ? Self.chunkTail : 0
            let more = try await read(source, output)
            output.reserved = 0
            let count = output.end - mark
            carried += count
            if let length, carried > length { throw .wrongLength }
            if chunked { ChunkFraming.end(in: output, from: start) }
            guard more else { break }
            if isUnwanted() { throw .unwanted }
        }
        if let length, carried != length { throw .wrongLength }
        if chunked { ChunkFraming.last(in: output) }
    }

    private func read(_ source: any BodySource, _ output: Buffer) async throws(Failure) -> Bool {
        do throws(BodyError) { return try await source.read(into: output) } catch {
            throw .source(error)
        }
    }

    private func flush(_ output: Buffer) async throws(Failure) {
        guard !output.isEmpty else { return }
        socket.deadline.set(after: timeout)
        do throws(SocketError) { try await socket.write(output) } catch { throw .sink(error) }
        socket.deadline.clear()
    }
}
