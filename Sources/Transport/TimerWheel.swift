package import GatehouseCore

/// Who is told when a deadline passes.
package protocol DeadlineOwner: AnyObject {
    func deadlinePassed(_ deadline: Deadline)
}

/// A moment at which its owner wants to be told. Moving it later costs an assignment.
package final class Deadline {
    fileprivate var due = Int64.max
    fileprivate var filed = Int64.max
    private let wheel: TimerWheel
    fileprivate var owner: (any DeadlineOwner)?

    package init(on loop: EventLoop) { wheel = loop.wheel }

    /// Names the owner; `cancel` lets go of it.
    package func attach(_ owner: any DeadlineOwner) { self.owner = owner }

    /// Sets or moves the moment to `duration` from now, rounded up to the wheel's tick.
    @inline(__always)
    package func set(after duration: Duration) { set(afterTicks: TimerWheel.ticks(duration)) }

    @inline(__always)
    package func set(afterTicks ticks: Int64) {
        due = wheel.now &+ ticks
        if due < filed { wheel.file(self, at: due) }
    }

    /// The tick at which it fires; later than any when it is off.
    package var tick: Int64 { due }
    /// The wheel's tick now.
    package var now: Int64 { wheel.now }

    /// Switches the deadline off; its owner stays.
    package func clear() { due = .max }

    /// Switches it off for good and lets go of the owner.
    package func cancel() {
        due = .max
        owner = nil
    }
}

/// Deadlines in slots of one tick each. A deadline sits in the slot of the earliest moment it was
/// ever set to; when that slot comes up it fires or moves on, so that the common case, a clock
/// restarted by every request, touches no list at all.
package final class TimerWheel {
    package static let tickMilliseconds = 50
    private static let slotCount = 512

    private var slots: [[Deadline]] = Array(repeating: [], count: slotCount)
    private(set) var now: Int64

    init() { now = Self.tick(of: .now) }

    private static func tick(of time: MonotonicTime) -> Int64 {
        time.nanoseconds / (Int64(tickMilliseconds) * 1_000_000)
    }

    @inline(__always)
    package static func ticks(_ duration: Duration) -> Int64 {
        let unit = Int64(tickMilliseconds) * 1_000_000
        let nanoseconds = min(max(duration.nanoseconds, 0), Int64.max / 4)
        return (nanoseconds &+ unit &- 1) / unit &+ 1
    }

    fileprivate func file(_ deadline: Deadline, at due: Int64) {
        let tick = max(min(due, now &+ Int64(Self.slotCount) &- 1), now &+ 1)
        deadline.filed = tick
        slots[Int(tick & Int64(Self.slotCount - 1))].append(deadline)
    }

    /// Fires everything that is due at `time`. A clock that stood still fires late, never early.
    package func advance(to time: MonotonicTime) {
        let target = Self.tick(of: time)
        while now < target {
            now &+= 1
            let index = Int(now & Int64(Self.slotCount - 1))
            guard !slots[index].isEmpty else { continue }
            let filed = slots[index]
            slots[index].removeAll(keepingCapacity: filed.count <= 64)
            for deadline in filed where deadline.filed == now { fire(deadline) }
        }
    }

    private func fire(_ deadline: Deadline) {
        deadline.filed = .max
        guard deadline.due != .max, let owner = deadline.owner else { return }
        if deadline.due <= now {
            deadline.due = .max
            owner.deadlinePassed(deadline)
        } else {
            file(deadline, at: deadline.due)
        }
    }
}

extension EventLoop {
    /// Waits on the loop without holding a thread, rounded up to the wheel's tick.
    package func sleep(for duration: Duration) async {
        let sleeper = Sleeper(on: self)
        await sleeper.sleep(for: duration)
    }
}

private final class Sleeper: DeadlineOwner {
    private let deadline: Deadline
    private var waiter: Waiter?

    init(on loop: EventLoop) { deadline = Deadline(on: loop) }

    func sleep(for duration: Duration) async {
        deadline.attach(self)
        deadline.set(after: duration)
        await Waiter.suspend { waiter = $0 }
        deadline.cancel()
    }

    func deadlinePassed(_ deadline: Deadline) {
        waiter.resume()
    }
}
