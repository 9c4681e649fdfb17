package import GatehouseCore
package import GatehouseStorage

/// Makes guessing cost the guesser: failures are counted by address, network, account, password
/// and device, and each counter that is over its allowance refuses for a time that grows.
///
/// A device that signed in to the account before is asked by its own counter alone, so that its
/// owner gets in while strangers are refused. No wait is longer than 15 minutes, and counters
/// fade: nobody can lock an account for good. The store bounds its memory.
package final class SignInThrottle: Sendable {
    /// What is being guessed; each kind counts apart.
    package enum Kind: UInt64, Sendable {
        /// Passwords at sign-in.
        case password = 1
        /// One-time and recovery codes.
        case code = 2
        /// Mails that a request makes us send: registration, forgotten passwords.
        case mail = 3
    }

    /// One try.
    package struct Attempt: Sendable {
        package let kind: Kind
        package let address: IPAddress
        /// The account's index or id; nil when there is none to speak of.
        package let account: [UInt8]?
        /// A secret of a device that is known for this account.
        package let device: [UInt8]?
        /// A hash of the password that was tried.
        package let password: [UInt8]?

        package init(
            kind: Kind, address: IPAddress, account: [UInt8]?, device: [UInt8]? = nil,
            password: [UInt8]? = nil
        ) {
            self.kind = kind
            self.address = address
            self.account = account
            self.device = device
            self.password = password
        }
    }

    private struct Allowance {
        let scope: UInt64
        /// Failures that are free.
        let free: Int
    }

    private static let address = Allowance(scope: 1, free: 10)
    private static let network = Allowance(scope: 2, free: 50)
    private static let account = Allowance(scope: 3, free: 5)
    private static let device = Allowance(scope: 4, free: 10)
    private static let password = Allowance(scope: 5, free: 20)

    private let store: any ThrottleStore
    private let seed: CounterSeed

    /// Counters of this process; nothing was counted yet.
    package convenience init() { self.init(MemoryThrottleStore(), seed: .random()) }

    /// - Parameters:
    ///   - store: where failures are counted.
    ///   - seed: a secret that names are hashed with; gates that share a store share it.
    package init(_ store: any ThrottleStore, seed: CounterSeed) {
        self.store = store
        self.seed = seed
    }

    private func key(
        _ attempt: Attempt, _ allowance: Allowance, _ bytes: [UInt8]
    ) -> ThrottleKey {
        var hasher = CounterHasher(seed)
        hasher.combine(attempt.kind.rawValue << 8 | allowance.scope)
        hasher.combine(bytes.raw)
        return ThrottleKey(hasher.finish(), free: allowance.free)
    }

    /// The counters that an attempt is asked by.
    private func keys(_ attempt: Attempt) -> [ThrottleKey] {
        let account = attempt.account ?? []
        if let device = attempt.device {
            return [key(attempt, Self.device, account + device)]
        }
        let address = attempt.address
        let network = address.prefix(address.isIPv4 ? 24 : 48)
        let host = address.isIPv4 ? address : address.prefix(64)
        var keys = [
            key(attempt, Self.address, host.bytes), key(attempt, Self.network, network.bytes),
        ]
        if attempt.account != nil { keys.append(key(attempt, Self.account, account)) }
        if let password = attempt.password {
            keys.append(key(attempt, Self.password, password))
        }
        return keys
    }

    /// Whether a try may be made; else how many seconds to wait.
    /// - Throws: when nobody can tell, so that none may.
    package func wait(
        _ attempt: Attempt, now: MonotonicTime
    ) throws(ThrottleUnavailable) -> Int? {
        guard let wait = try store.wait(keys(attempt), now: now) else { return nil }
        return Int((wait.nanoseconds + 999_999_999) / 1_000_000_000)
    }

    /// Counts a failure.
    /// - Throws: when it was not counted: the try must not be answered as one that was.
    package func failed(_ attempt: Attempt, now: MonotonicTime) throws(ThrottleUnavailable) {
        try store.count(keys(attempt), now: now)
    }

    /// Forgets what the owner's own mistakes counted: the device's failures, or without a known
    /// device the account's. Those of the address and network stay, or an attacker could clear them
    /// with an account of his own; and the owner's known device clears nothing for strangers.
    package func succeeded(_ attempt: Attempt) {
        let account = attempt.account ?? []
        let cleared =
            if let device = attempt.device {
                key(attempt, Self.device, account + device)
            } else {
                key(attempt, Self.account, account)
            }
        // What is not forgotten fades.
        try? store.forget(cleared)
    }
}
