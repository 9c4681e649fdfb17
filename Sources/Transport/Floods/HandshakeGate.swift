import GatehouseCore

/// Lets a loop's TLS handshakes through one after the other, behind everything else that the loop
/// has to do: a handshake costs as much as fifty requests, and whoever is in already goes first.
///
/// Addresses take turns. Confined to its loop's thread.
final class HandshakeGate: TurnWork {
    private let loop: EventLoop
    /// Handshakes that begin; and those that were let through once, and go on.
    private var fresh: FairQueue<IPAddress, Ticket>
    private var going: FairQueue<IPAddress, Ticket>
    private var share: LoopShare

    private final class Ticket {
        var waiter: Waiter?
        var isLost = false
    }

    init(on loop: EventLoop, _ limits: FloodLimits) {
        self.loop = loop
        fresh = FairQueue(capacity: limits.handshakesQueuedMax)
        going = FairQueue(capacity: limits.handshakesQueuedMax)
        share = LoopShare(percent: limits.handshakesShare)
    }

    /// Takes over new limits; who waits keeps the place.
    func adopt(_ limits: FloodLimits) {
        share = LoopShare(percent: limits.handshakesShare)
        Self.move(&fresh, limits.handshakesQueuedMax)
        Self.move(&going, limits.handshakesQueuedMax)
    }

    private static func move(_ queue: inout FairQueue<IPAddress, Ticket>, _ capacity: Int) {
        var next = FairQueue<IPAddress, Ticket>(capacity: capacity)
        while let (ticket, address) = queue.popWithKey() {
            guard let lost = next.push(ticket, for: address) else { continue }
            lost.isLost = true
            lost.waiter.resume()
        }
        queue = next
    }

    /// Waits until the handshake may go on; false when the queue was full, and no other address had
    /// more waiting.
    ///
    /// - Parameter goesOn: whether it waited before: then its work is mostly done, and what is
    ///   left goes first.
    func turn(for address: IPAddress, goesOn: Bool) async -> Bool {
        let ticket = Ticket()
        let key = AddressTable.key(address)
        if let lost = goesOn ? going.push(ticket, for: key) : fresh.push(ticket, for: key) {
            if lost === ticket { return false }
            lost.isLost = true
            lost.waiter.resume()
        }
        await Waiter.suspend { ticket.waiter = $0 }
        return !ticket.isLost
    }

    var isPending: Bool { !fresh.isEmpty || !going.isEmpty }

    func runTurn() {
        share.begin(at: .now)
        repeat {
            guard let ticket = going.pop() ?? fresh.pop() else { break }
            ticket.waiter.resume()
            loop.drain()
        } while share.allowsMore(at: .now)
        share.finish(at: .now, isWorkLeft: isPending)
    }

    func abandon() {
        while let ticket = going.pop() ?? fresh.pop() {
            ticket.isLost = true
            ticket.waiter.resume()
        }
    }
}
