import GatehouseCore

/// Lets a loop's TLS handshakes through one after the other, behind everything else that the loop
/// has to do: a handshake costs as much as fifty requests, and whoever is in already goes first.
///
/// Addresses take turns. Confined to its loop's thread.
final class HandshakeGate: TurnWork {
    private let loop: EventLoop
    private var queue: FairQueue<IPAddress, Ticket>
    private var share: LoopShare

    private final class Ticket {
        var waiter: Waiter?
        var isLost = false
    }

    init(on loop: EventLoop, _ limits: FloodLimits) {
        self.loop = loop
        queue = FairQueue(capacity: limits.handshakesQueuedMax)
        share = LoopShare(percent: limits.handshakesShare)
    }

    /// Takes over new limits; who waits keeps the place.
    func adopt(_ limits: FloodLimits) {
        share = LoopShare(percent: limits.handshakesShare)
        var next = FairQueue<IPAddress, Ticket>(capacity: limits.handshakesQueuedMax)
        while let (ticket, address) = queue.popWithKey() {
            guard let lost = next.push(ticket, for: address) else { continue }
            lost.isLost = true
            lost.waiter.resume()
        }
        queue = next
    }

    /// Waits until the handshake may go on; false when the queue was full, and no other address had
    /// more waiting.
    func turn(for address: IPAddress) async -> Bool {
        let ticket = Ticket()
        if let lost = queue.push(ticket, for: AddressTable.key(address)) {
            if lost === ticket { return false }
            lost.isLost = true
            lost.waiter.resume()
        }
        await Waiter.suspend { ticket.waiter = $0 }
        return !ticket.isLost
    }

    var isPending: Bool { !queue.isEmpty }

    func runTurn() {
        share.begin(at: .now)
        repeat {
            guard let ticket = queue.pop() else { break }
            ticket.waiter.resume()
            loop.drain()
        } while share.allowsMore(at: .now)
        share.finish(at: .now, isWorkLeft: isPending)
    }

    func abandon() {
        while let ticket = queue.pop() {
            ticket.isLost = true
            ticket.waiter.resume()
        }
    }
}
