import CUV
package import GatehouseCore
package import GatehouseCrypto
import Glibc

/// A connected byte stream on a loop, plain or TLS: server side and client side alike.
///
/// Bytes that arrived wait in `inbound`; a full buffer stops reading (back-pressure). Confined to
/// its loop's thread; at most one task waits to read and one to write.
@safe package final class Socket: Handle {
    /// What arrived and was not consumed; nil while nothing is pending, so that idle costs nothing.
    package private(set) var inbound: Buffer?
    /// Bytes of `inbound` before this position stay where they are: a parsed head points into them.
    package var floor = 0
    /// The clock of whatever the connection is doing.
    package let deadline: Deadline
    /// Ciphertext that did not fit `inbound` once decrypted.
    private var leftover: Buffer?
    /// Decryption stopped for want of room: TLS may hold plaintext though no input is left.
    private var isDecryptionDue = false
    private(set) var session: TLSSession?
    private var reader: Waiter?
    private var writer: Waiter?
    private var pendingWrites = 0
    private var isReading = false
    private var discards = 0
    /// The peer sent its last byte.
    package private(set) var isAtEnd = false
    /// Why nothing more can be sent or received.
    package private(set) var failure: SocketError?
    /// Output that waits for the end of the running jobs, so that a batch costs one write.
    private var pending: Buffer?
    /// Who wants to know of the end, and of deadlines that pass while nobody reads or writes.
    package var owner: (any SocketOwner)?
    /// Whether bytes are TLS records, also while no session was made yet.
    private var isEncrypted = false
    /// Whether records of the handshake wait to be asked for.
    private var holdsHandshake = false
    /// Whether our certificate and signature were sent: more than an alert.
    private(set) var hasAnsweredHandshake = false
    /// No alert or request for another hello is as long, and no certificate as short.
    private static let alertBytesMax = 256
    /// Holds a slow reader to a rate; made when one shows itself.
    private var drain: DrainWatch?
    private var readTimedOut = false
    private var isInterrupted = false
    /// Payload bytes received and sent, before and after encryption.
    package private(set) var bytesReceived = 0
    package private(set) var bytesSent = 0

    override init(on loop: EventLoop) {
        deadline = Deadline(on: loop)
        super.init(on: loop)
        deadline.attach(self)
    }

    // MARK: Start

    /// The other end's address and port.
    package var peer: (IPAddress, UInt16) {
        var descriptor: Int32 = -1
        guard unsafe uv_fileno(handle, &descriptor) == 0,
            let address = SocketAddress(descriptor: descriptor, ownEnd: false)
        else { return (IPAddress(high: 0, low: 0), 0) }
        return (address.address, address.port)
    }

    /// Accepts a waiting connection of `listener`; nil if it is gone already.
    static func accept(from listener: Handle) -> Socket? {
        let socket = Socket(on: listener.loop)
        guard unsafe uv_accept(listener.stream, socket.stream) == 0 else {
            socket.close()
            return nil
        }
        unsafe uv_tcp_nodelay(socket.tcp, 1)
        return socket
    }

    /// Starts to take in bytes.
    package func startReading() {
        guard !isReading, !isClosing, !isAtEnd else { return }
        isReading = true
        let code = unsafe uv_read_start(
            stream,
            { handle, _, buffer in
                unsafe buffer.unsafelyUnwrapped.pointee = unsafe Socket.of(handle).space()
            },
            { stream, count, _ in
                let socket = unsafe Socket.of(
                    UnsafeMutableRawPointer(stream.unsafelyUnwrapped)
                        .assumingMemoryBound(to: uv_handle_t.self))
                socket.received(count)
                socket.loop.drain()
            })
        if code != 0 { fail(.disconnected) }
    }

    private func stopReading() {
        guard isReading else { return }
        isReading = false
        unsafe _ = uv_read_stop(stream)
    }

    private static func of(_ handle: UnsafeMutablePointer<uv_handle_t>?) -> Socket {
        let data = unsafe handle.unsafelyUnwrapped.pointee.data.unsafelyUnwrapped
        let object = unsafe Unmanaged<Handle>.fromOpaque(data).takeUnretainedValue()
        return unsafe unsafeDowncast(object, to: Socket.self)
    }

    // MARK: Reading

    /// Room for the kernel to write into.
    private func space() -> uv_buf_t {
        if isEncrypted || discards > 0 {
            loop.ciphertextIn.clear()
            return unsafe uvBuffer(loop.ciphertextIn.unsafeFreeSpace)
        }
        let buffer = roomyInbound()
        return unsafe uvBuffer(buffer.unsafeFreeSpace)
    }

    private func uvBuffer(_ space: UnsafeMutableRawBufferPointer) -> uv_buf_t {
        unsafe uv_buf_init(
            space.baseAddress?.assumingMemoryBound(to: CChar.self),
            UInt32(truncatingIfNeeded: space.count))
    }

    /// `inbound`, borrowed when there was none and compacted when its end is near.
    private func roomyInbound() -> Buffer {
        guard let buffer = inbound else {
            let buffer = loop.buffers.borrow()
            inbound = buffer
            floor = 0
            return buffer
        }
        if buffer.free < 4_096, buffer.start > floor { buffer.compact(to: floor) }
        return buffer
    }

    private func received(_ count: Int) {
        if discards > 0 {
            discard(count)
        } else if count > 0 {
            if isEncrypted {
                loop.ciphertextIn.commit(count)
                if holdsHandshake { hold(loop.ciphertextIn) } else { decrypt(loop.ciphertextIn) }
            } else if let inbound {
                inbound.commit(count)
                bytesReceived += count
                if inbound.free == 0, inbound.start <= floor { stopReading() }
                arrived()
            }
        } else if count == Int(UV_ENOBUFS.rawValue), reader == nil {
            // A head was pinned at the end of a full buffer: whoever reads next makes room.
            stopReading()
        } else if count < 0 {
            ended(clean: count == Int(UV_EOF.rawValue))
        } else {
            releaseInbound()
        }
    }

    private func ended(clean: Bool) {
        stopReading()
        if clean, !isEncrypted || session?.isHandshakeComplete == true {
            isAtEnd = true
        } else {
            fail(.disconnected)
        }
        releaseInbound()
        if reader == nil { owner?.socketEnded() }
        wakeReader()
    }

    /// Decrypts into `inbound`; what does not fit waits until the reader made room.
    private func decrypt(_ input: Buffer) {
        guard let session else { return }
        let plaintext = roomyInbound()
        let before = plaintext.count
        do throws(TLSError) {
            var progress = TLSSession.Progress.outputFull
            while progress == .outputFull {
                loop.ciphertextOut.clear()
                progress = try session.process(
                    input: input, plaintext: plaintext, output: loop.ciphertextOut)
                if loop.ciphertextOut.count > Self.alertBytesMax { hasAnsweredHandshake = true }
                send(loop.ciphertextOut)
            }
            if progress == .plaintextFull { keep(input) }
            if progress == .closed { isAtEnd = true; stopReading() }
        } catch {
            send(loop.ciphertextOut)
            fail(.tls(error.description))
        }
        let count = plaintext.count - before
        bytesReceived += count
        releaseInbound()
        let isUnheard = isAtEnd && reader == nil
        if count > 0 { arrived() } else { wakeReader() }
        if isUnheard { owner?.socketEnded() }
    }

    private func keep(_ input: Buffer) {
        stopReading()
        isDecryptionDue = true
        guard input !== leftover, !input.isEmpty else { return }
        let copy = Buffer(capacity: input.count)
        copy.append(input.readable)
        leftover = copy
    }

    private func wakeReader() { reader.resume() }

    /// Ends a wait in `fill`, which then returns false unless something arrived.
    func interruptReader() {
        isInterrupted = true
        wakeReader()
    }

    /// Tells of bytes: the task that waits for them, or else the owner.
    private func arrived() {
        if reader == nil { owner?.socketReadable() } else { wakeReader() }
    }

    /// Whether bytes arrived that nobody read, still encrypted ones included.
    package var hasUnreadInput: Bool { inbound?.isEmpty == false || isDecryptionDue }

    /// Waits for the next bytes: true when there are some, false at the end of the stream.
    /// - Throws: `timedOut` when the deadline passes first.
    package func fill() async throws(SocketError) -> Bool {
        if let failure { throw failure }
        readTimedOut = false
        isInterrupted = false
        let before = bytesReceived
        if isDecryptionDue { resumeDecryption() }
        // A part of a TLS record, or one that holds no data, wakes the reader too.
        while bytesReceived == before, !isAtEnd, failure == nil, !readTimedOut, !isInterrupted {
            if !isReading, !isDecryptionDue { startReading() }
            guard failure == nil else { break }
            await Waiter.suspend { reader = $0 }
        }
        if bytesReceived > before { return true }
        if readTimedOut {
            readTimedOut = false
            throw .timedOut
        }
        if let failure { throw failure }
        return false
    }

    private func resumeDecryption() {
        isDecryptionDue = false
        if let waiting = leftover { decrypt(waiting) } else { kick() }
        guard !isDecryptionDue else { return }
        leftover = nil
        startReading()
    }

    /// Gives `inbound` back to the loop once everything in it was consumed and nothing is pinned.
    package func releaseInbound() {
        guard let buffer = inbound, buffer.isEmpty, floor == 0 else { return }
        inbound = nil
        loop.buffers.giveBack(buffer)
    }

    /// Lets go of a parsed head: its bytes may move or go.
    package func unpin() {
        floor = 0
        drain = nil
        if let inbound, !isReading, !isAtEnd, !isDecryptionDue, inbound.free == 0 {
            inbound.compact(to: 0)
        }
        releaseInbound()
        if !isReading, !isDecryptionDue, !isAtEnd, failure == nil { startReading() }
    }

    // MARK: TLS

    /// Encrypts everything from here on; for servers before the first byte was read.
    package func startTLS(_ session: TLSSession) {
        self.session = session
        isEncrypted = true
    }

    /// For servers that choose when a handshake goes on: what arrives is kept as it is until
    /// `advanceHandshake`.
    func expectTLS() {
        isEncrypted = true
        holdsHandshake = true
        guard let early = inbound, !early.isEmpty else { return }
        // Read before TLS was expected, behind a PROXY header.
        inbound = nil
        floor = 0
        hold(early)
        early.clear()
        loop.buffers.giveBack(early)
    }

    private func hold(_ input: Buffer) {
        keep(input)
        wakeReader()
    }

    /// Waits for records of the handshake.
    func handshakeInput() async throws(SocketError) {
        startReading()
        while !isDecryptionDue {
            if let failure { throw failure }
            if isAtEnd { throw .disconnected }
            await Waiter.suspend { reader = $0 }
            if readTimedOut {
                readTimedOut = false
                throw .timedOut
            }
        }
        if let failure { throw failure }
    }

    /// Makes the handshake as far as what arrived allows; true when it is complete.
    func advanceHandshake() throws(SocketError) -> Bool {
        if let failure { throw failure }
        holdsHandshake = false
        resumeDecryption()
        if let failure { throw failure }
        if session?.isHandshakeComplete == true { return true }
        if isAtEnd { throw .disconnected }
        holdsHandshake = true
        return false
    }

    /// Makes the handshake; returns when application data may flow.
    package func handshake() async throws(SocketError) {
        guard let session else { return }
        if !isReading { startReading() }
        if let early = inbound, !early.isEmpty { feedEarly(early) } else { kick() }
        while !session.isHandshakeComplete {
            if let failure { throw failure }
            if isAtEnd { throw .disconnected }
            await Waiter.suspend { reader = $0 }
            if readTimedOut {
                readTimedOut = false
                throw .timedOut
            }
        }
    }

    /// Ciphertext that was read before TLS started (behind a PROXY header).
    private func feedEarly(_ early: Buffer) {
        inbound = nil
        floor = 0
        decrypt(early)
        loop.buffers.giveBack(early)
    }

    /// Lets TLS act without input: a client speaks first, and held plaintext comes out.
    private func kick() {
        loop.ciphertextIn.clear()
        decrypt(loop.ciphertextIn)
    }

    // MARK: Writing

    /// Sends all of `output` and empties it; waits while the peer is slow to read.
    package func write(_ output: Buffer) async throws(SocketError) {
        try enqueue(output)
        if pendingWrites > 0 { try await drained() }
    }

    /// Sends what the kernel takes at once; the rest goes on by itself.
    private func enqueue(_ output: Buffer) throws(SocketError) {
        if let failure { throw failure }
        if isClosing { throw .disconnected }
        bytesSent += output.count
        guard let session else {
            send(output)
            output.clear()
            if let failure { throw failure }
            return
        }
        while !output.isEmpty {
            loop.ciphertextOut.clear()
            do throws(TLSError) {
                let taken = try session.encrypt(output.readable, output: loop.ciphertextOut)
                output.consume(taken)
            } catch {
                fail(.tls(error.description))
                throw .tls(error.description)
            }
            send(loop.ciphertextOut)
        }
        output.clear()
        if let failure { throw failure }
    }

    /// Waits until the kernel took everything.
    private func drained() async throws(SocketError) {
        watchDrain()
        await Waiter.suspend { writer = $0 }
        drain?.note(queued: writeQueueBytes)
        if let failure { throw failure }
    }

    private var writeQueueBytes: Int { unsafe Int(uv_stream_get_write_queue_size(stream)) }

    /// A slow reader's clock: it may stall for the window, and fall behind the rate by as much.
    private func watchDrain() {
        if drain == nil, let credit = owner?.drainCredit { drain = DrainWatch(credit) }
        guard let drain else { return }
        drain.begin(queued: writeQueueBytes)
        deadline.set(after: max(drain.credit.left, .milliseconds(1)))
    }

    /// Whether the reader whose clock ran out took enough meanwhile to go on.
    private var isDrainedInTime: Bool {
        guard let drain else { return false }
        drain.note(queued: writeQueueBytes)
        guard drain.credit.left > .zero else { return false }
        watchDrain()
        return true
    }

    /// Takes over a buffer and sends it once the running jobs are done.
    package func writeLater(_ output: Buffer) {
        pending = output
        loop.flushLater(self)
    }

    /// Takes back what `writeLater` holds, to append to it.
    package func takePending() -> Buffer? {
        let taken = pending
        pending = nil
        return taken
    }

    func flushPending() {
        guard let output = takePending() else { return }
        do throws(SocketError) { try enqueue(output) } catch {}
        loop.buffers.giveBack(output)
    }

    /// Whether earlier output still waits for the peer.
    package var isCongested: Bool { pendingWrites > 0 }

    /// Waits until earlier output is gone.
    package func flushed() async throws(SocketError) {
        flushPending()
        if pendingWrites > 0 { try await drained() }
    }

    /// Raw bytes to the kernel: at once as far as it takes them, the rest queued as a copy.
    private func send(_ bytes: Buffer) {
        guard !bytes.isEmpty, !isClosing else { return }
        var sent = 0
        if pendingWrites == 0 {
            var piece = unsafe uvBuffer(
                UnsafeMutableRawBufferPointer(mutating: bytes.unsafeReadable))
            let code = unsafe uv_try_write(stream, &piece, 1)
            if code < 0, code != UV_EAGAIN.rawValue { return fail(.disconnected) }
            sent = max(Int(code), 0)
            if sent == bytes.count { return }
        }
        bytes.consume(sent)
        let rest = Buffer(capacity: bytes.count)
        rest.append(bytes.readable)
        let code = unsafe WriteRequest(rest, self).start(on: stream)
        if code == 0 { pendingWrites += 1 } else { fail(.disconnected) }
    }

    fileprivate func wrote(_ status: Int32) {
        pendingWrites -= 1
        if status != 0 { fail(.disconnected) }
        guard pendingWrites == 0 || failure != nil else { return }
        writer.resume()
        loop.drain()
    }

    // MARK: End

    private func fail(_ reason: SocketError) {
        guard failure == nil else { return }
        failure = reason
        stopReading()
        writer.resume()
        wakeReader()
    }

    /// Breaks the connection off; waiting tasks get `reason`.
    package func abort(_ reason: SocketError = .disconnected) {
        fail(reason)
        close()
    }

    /// Breaks the connection off so that the peer can't take it for an orderly end: where the end
    /// of the stream is the end of the message, it must be a reset (RFC 9112 section 8).
    package func reset() {
        fail(.disconnected)
        closeResetting()
    }

    /// Says goodbye properly: sends what is queued, our end, and swallows what the peer still
    /// sends for a while, so that it gets to read our last answer.
    package func finish(lingering: Bool) {
        guard !isClosing, failure == nil else { return close() }
        flushPending()
        if let session, session.isHandshakeComplete {
            loop.ciphertextOut.clear()
            session.close(output: loop.ciphertextOut)
            send(loop.ciphertextOut)
        }
        guard lingering || pendingWrites > 0, failure == nil, !isAtEnd || pendingWrites > 0 else {
            return close()
        }
        inbound = nil
        leftover = nil
        floor = 0
        discards = Self.lingerBytesMax
        deadline.set(after: Self.lingerTime)
        startReading()
        let request = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
        let code = unsafe uv_shutdown(request, stream) { request, _ in unsafe request?.deallocate()
        }
        if code != 0 {
            unsafe request.deallocate()
            close()
        }
    }

    /// What a closing connection may still send before it is cut.
    private static let lingerBytesMax = 1 << 20
    private static let lingerTime = Duration.seconds(2)

    private func discard(_ count: Int) {
        if count < 0 { return close() }
        discards -= count
        if discards <= 0 { close() }
    }

    override func close() {
        deadline.cancel()
        super.close()
    }

    override func closeResetting() {
        deadline.cancel()
        super.closeResetting()
    }

    override func closed() {
        fail(.disconnected)
        if let buffer = inbound, floor == 0 { loop.buffers.giveBack(buffer) }
        if let pending { loop.buffers.giveBack(pending) }
        pending = nil
        inbound = nil
        leftover = nil
        session = nil
        owner = nil
    }
}

extension Socket: DeadlineOwner {
    package func deadlinePassed(_ deadline: Deadline) {
        if discards > 0 { return close() }
        if writer != nil {
            if isDrainedInTime { return }
            abort(.timedOut)
        } else if reader != nil {
            readTimedOut = true
            wakeReader()
        } else {
            owner?.socketDeadlinePassed()
        }
        loop.drain()
    }
}

/// Who owns a socket.
package protocol SocketOwner: AnyObject {
    /// The deadline passed while no task was reading or writing.
    func socketDeadlinePassed()
    /// The peer's last byte or an error arrived while no task was reading.
    func socketEnded()
    /// Bytes arrived while no task was reading.
    func socketReadable()
    /// What a peer that is slow to read may not fall below; nil for the deadline alone.
    var drainCredit: DrainCredit? { get }
}

extension SocketOwner {
    package func socketReadable() {}
    package var drainCredit: DrainCredit? { nil }
}

/// Follows one slow reader while it is waited for.
private final class DrainWatch {
    private(set) var credit: DrainCredit
    private var since = MonotonicTime(nanoseconds: 0)
    private var queued = 0

    init(_ credit: DrainCredit) { self.credit = credit }

    func begin(queued: Int) {
        since = .now
        self.queued = queued
    }

    func note(queued now: Int) {
        let time = MonotonicTime.now
        credit.note(waited: time - since, taken: queued - now)
        (since, queued) = (time, now)
    }
}

/// A write that the kernel did not take at once: holds its bytes until it did.
@safe private final class WriteRequest {
    private let request: UnsafeMutablePointer<uv_write_t>
    private let bytes: Buffer
    private let socket: Socket

    init(_ bytes: Buffer, _ socket: Socket) {
        unsafe request = .allocate(capacity: 1)
        self.bytes = bytes
        self.socket = socket
    }

    deinit { unsafe request.deallocate() }

    func start(on stream: UnsafeMutablePointer<uv_stream_t>) -> Int32 {
        let space = unsafe UnsafeMutableRawBufferPointer(mutating: bytes.unsafeReadable)
        var piece = unsafe uv_buf_init(
            space.baseAddress?.assumingMemoryBound(to: CChar.self),
            UInt32(truncatingIfNeeded: space.count))
        let retained = unsafe Unmanaged.passRetained(self)
        unsafe request.pointee.data = retained.toOpaque()
        let code = unsafe uv_write(request, stream, &piece, 1) { request, status in
            let data = unsafe request.unsafelyUnwrapped.pointee.data.unsafelyUnwrapped
            let write = unsafe Unmanaged<WriteRequest>.fromOpaque(data).takeRetainedValue()
            write.socket.wrote(status)
        }
        if code != 0 { unsafe retained.release() }
        return code
    }
}
