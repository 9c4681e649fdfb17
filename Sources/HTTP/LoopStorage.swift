/// Caches that belong to one event loop, so that they need no lock: keyed by who owns them.
package final class LoopStorage {
    private var slots: [ObjectIdentifier: (owner: AnyObject, value: AnyObject)] = [:]

    /// The loop itself and its tools, for the layers that know them.
    package let home: AnyObject?
    /// How much the loop has to do, for whoever turns requests away.
    package let load = LoopLoad()

    package init(home: AnyObject? = nil) { self.home = home }

    /// The loop's value for `owner`, made on first use. One owner keeps one kind of value.
    package func value<Value: AnyObject>(for owner: AnyObject, make: () -> Value) -> Value {
        let key = ObjectIdentifier(owner)
        if let found = slots[key] { return unsafe unsafeDowncast(found.value, to: Value.self) }
        let made = make()
        slots[key] = (owner, made)
        return made
    }

    /// Forgets the values of owners that a new configuration replaced.
    package func removeAll() { slots.removeAll() }
}
