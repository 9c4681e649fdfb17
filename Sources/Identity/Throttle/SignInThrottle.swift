package import GatehouseCore
import GatehouseStorage
import Synchronization

/// Makes guessing cost the guesser: failures are counted by address, network, account, password
/// and device, and each counter that is over its allowance refuses for a time that grows.
///
/// A device that signed in to the account before is asked by its own counter alone, so that its
/// owner gets in while strangers are refused. No wait is longer than 15 minutes, and counters
/// fade: nobody can lock an account for good. Memory is bounded.
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

    /// Failures that are free, and how fast they fade.
    private struct Allowance {
        let scope: UInt64
        let free: Double
    }

    private struct Counter {
        /// Failures, fading by half every `halfLife`.
        var failures: Double
        var updated: Int64
        /// No try before this moment.
        var blocked: Int64
    }

    private static let address = Allowance(scope: 1, free: 10)
    private static let network = Allowance(scope: 2, free: 50)
    private static let account = Allowance(scope: 3, free: 5)
    private static let device = Allowance(scope: 4, free: 10)
    private static let password = Allowance(scope: 5, free: 20)
    private static let halfLife: Double = 600e9
    private static let waitMax: Double = 900e9
    private static let countersMax = 200_000

    private let counters = Mutex<[CounterKey: Counter]>([:])
    private let seed: CounterSeed

    /// Nothing was counted yet.
    package init() { seed = .random() }

    package init(seed: UInt64) { self.seed = CounterSeed(seed, ~seed) }

    private func key(_ attempt: Attempt, _ scope: UInt64, _ bytes: [UInt8]) -> CounterKey {
        var hasher = CounterHasher(seed)
        hasher.combine(attempt.kind.rawValue << 8 | scope)
        hasher.combine(bytes.raw)
        return hasher.finish()
    }

    /// The counters that an attempt is asked by.
    private func keys(_ attempt: Attempt) -> [(CounterKey, Allowance)] {
        let account = attempt.account ?? []
        if let device = attempt.device {
            return [(key(attempt, Self.device.scope, account + device), Self.device)]
        }
        let address = attempt.address
        let network = address.prefix(address.isIPv4 ? 24 : 48)
        let host = address.isIPv4 ? address : address.prefix(64)
        var keys = [
            (key(attempt, Self.address.scope, host.bytes), Self.address),
            (key(attempt, Self.network.scope, network.bytes), Self.network),
        ]
        if attempt.account != nil {
            keys.append((key(attempt, Self.account.scope, account), Self.account))
        }
        if let password = attempt.password {
            keys.append((key(attempt, Self.password.scope, password), Self.password))
        }
        return keys
    }

    /// Whether a try may be made; else how many seconds to wait.
    package func wait(_ attempt: Attempt, now: MonotonicTime) -> Int? {
        let keys = keys(attempt)
        let until = counters.withLock { table in
            keys.compactMap { table[$0.0]?.blocked }.max() ?? 0
        }
        guard until > now.nanoseconds else { return nil }
        return Int((until - now.nanoseconds + 999_999_999) / 1_000_000_000)
    }

    /// Counts a failure.
    package func failed(_ attempt: Attempt, now: MonotonicTime) {
        let keys = keys(attempt)
        counters.withLock { table in
            if table.count + keys.count > Self.countersMax { Self.forget(&table, now) }
            for (key, allowance) in keys {
                var counter =
                    table[key] ?? Counter(failures: 0, updated: now.nanoseconds, blocked: 0)
                counter.failures = Self.faded(counter, now) + 1
                counter.updated = now.nanoseconds
                let over = counter.failures - allowance.free
                if over >= 0 {
                    // 1, 2, 4 … seconds, at most 15 minutes.
                    let wait = min(1e9 * Double(1 << Int(min(over, 20))), Self.waitMax)
                    counter.blocked = now.nanoseconds + Int64(wait)
                }
                table[key] = counter
            }
        }
    }

    /// Forgets what the owner's own mistakes counted: the device's failures, or without a known
    /// device the account's. Those of the address and network stay, or an attacker could clear them
    /// with an account of his own; and the owner's known device clears nothing for strangers.
    package func succeeded(_ attempt: Attempt) {
        let account = attempt.account ?? []
        let cleared =
            if let device = attempt.device {
                key(attempt, Self.device.scope, account + device)
            } else {
                key(attempt, Self.account.scope, account)
            }
        counters.withLock { $0[cleared] = nil }
    }

    private static func faded(_ counter: Counter, _ now: MonotonicTime) -> Double {
        let age = Double(max(0, now.nanoseconds - counter.updated))
        var value = counter.failures
        var halvings = age / halfLife
        while halvings >= 1, value > 0.01 {
            value /= 2
            halvings -= 1
        }
        return value <= 0.01 ? 0 : value * (1 - halvings / 2)
    }

    /// Makes room: what has faded goes, then whatever blocks nobody, then the rest.
    private static func forget(_ table: inout [CounterKey: Counter], _ now: MonotonicTime) {
        table = table.filter { faded($0.value, now) > 0.5 }
        if table.count > countersMax / 2 {
            table = table.filter { $0.value.blocked > now.nanoseconds }
        }
        if table.count > countersMax / 2 { table.removeAll() }
    }

    /// How many counters are kept; for tests.
    var count: Int { counters.withLock { $0.count } }
}
