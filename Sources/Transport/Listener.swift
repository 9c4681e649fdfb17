import CUV
import GatehouseCore
import Glibc

/// A listening socket of one loop. Every loop has its own (SO_REUSEPORT): the kernel spreads
/// connections, and no loop waits for another.
@safe final class Listener: Handle {
    let position: Int
    private var accepted: ((Socket) -> Void)?

    /// Wraps a bound descriptor; `accepted` is called for each connection.
    init(
        on loop: EventLoop, descriptor: Int32, position: Int, accepted: @escaping (Socket) -> Void
    ) throws(ListenError) {
        self.position = position
        self.accepted = accepted
        super.init(on: loop)
        let opened = unsafe uv_tcp_open(tcp, descriptor)
        guard opened == 0 else { throw ListenError("open", errorName(opened)) }
        let listening = unsafe uv_listen(stream, 1_024) { stream, status in
            guard status == 0 else { return }
            let data = unsafe stream.unsafelyUnwrapped.pointee.data.unsafelyUnwrapped
            let object = unsafe Unmanaged<Handle>.fromOpaque(data).takeUnretainedValue()
            unsafe unsafeDowncast(object, to: Listener.self).accept()
        }
        guard listening == 0 else { throw ListenError("listen", errorName(listening)) }
    }

    /// Most connections taken in one turn: libuv would go on for as long as there are any, and a
    /// flood of them would be all that the loop does.
    static let acceptsPerTurn = 64
    private var turn = 0
    private var taken = 0

    private func accept() {
        if turn != loop.turn { (turn, taken) = (loop.turn, 0) }
        guard taken < Self.acceptsPerTurn else {
            // libuv holds this connection and stops listening until it is taken.
            return loop.acceptLater(self)
        }
        taken += 1
        take()
    }

    /// Takes the connection that was left for this turn; libuv then listens again.
    func goOn() {
        guard !isClosing else { return }
        take()
    }

    private func take() {
        guard let socket = Socket.accept(from: self) else { return }
        accepted?(socket)
        loop.drain()
    }

    override func closed() { accepted = nil }
}

/// Why an address can't be listened on.
package struct ListenError: Error, CustomStringConvertible, Equatable, Sendable {
    package let description: String

    init(_ step: String, _ why: String) { description = "\(step): \(why)" }
    package init(text: String) { description = text }
}
