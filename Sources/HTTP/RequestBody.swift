public import GatehouseCore

/// A request's body: nothing is read before somebody asks.
public final class RequestBody {
    /// Where the bytes come from; nil when there is no body.
    package var source: (any BodySource)?
    /// Most bytes that may come (the route's limit).
    package var limit = ByteCount.mebibytes(1)
    /// Length stated by the client, when it stated one.
    public package(set) var length: Int?

    /// Whether `Content-Encoding` was undone: the field must not go on.
    package var isDecoded = false

    package init() {}

    /// Puts bytes that were read and checked in the place of what the client sends.
    package func replace(with bytes: [UInt8]) {
        replace(with: MemoryBody(bytes), length: bytes.count)
    }

    /// Puts a body that was checked in the place of what the client sends.
    package func replace(with source: any BodySource, length: Int) {
        self.source = source
        self.length = length
    }

    /// Whether the request has a body.
    public var isPresent: Bool { source != nil }

    /// The next piece into `output`; false at the end.
    public func read(into output: Buffer) async throws(BodyError) -> Bool {
        guard let source else { return false }
        return try await source.read(into: output)
    }

    /// Bytes that are read at once.
    private static let pieceBytes = 16_384

    /// The whole body, at most the route's limit.
    /// - Throws: `Rejection` 413, 400 or 408.
    public func collect() async throws(Rejection) -> [UInt8] {
        guard let source else { return [] }
        // What was read and checked before is there already.
        if let memory = source as? MemoryBody, let whole = memory.take() {
            guard whole.count <= limit.bytes else { throw Rejection(BodyError.tooLarge) }
            return whole
        }
        var bytes: [UInt8] = []
        if let length, length <= limit.bytes { bytes.reserveCapacity(length) }
        let buffer = Buffer(capacity: min(max(length ?? Self.pieceBytes, 512), Self.pieceBytes))
        do throws(BodyError) {
            while try await source.read(into: buffer) {
                guard bytes.count + buffer.count <= limit.bytes else { throw .tooLarge }
                bytes.append(buffer.readable)
                buffer.clear()
            }
        } catch { throw Rejection(error) }
        return bytes
    }
}

extension Rejection {
    /// A broken body as a refusal; the connection closes, since the rest can't be skipped.
    package init(_ error: BodyError) {
        switch error {
        case .tooLarge: self.init(413, .contentTooLarge, detail: "body over the limit")
        case .malformed(let why): self.init(400, .malformedRequest, detail: "body: \(why)")
        case .disconnected: self.init(408, .requestTimeout, detail: "body: client went away")
        case .timedOut: self.init(408, .requestTimeout, detail: "body: too slow")
        }
        closesConnection = true
    }
}
