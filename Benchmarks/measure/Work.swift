import GatehouseCore
import Glibc

/// One operation that is repeated; returns whether it did what it should.
struct Work {
    private let operation: () -> Bool

    init(_ operation: @escaping () -> Bool) { self.operation = operation }

    init?(name: String, file: String) {
        let made: Work?
        switch name {
        case "verify": made = TokenWork.verify(file)
        case "verify-cached": made = TokenWork.verifyCached(file)
        case "access": made = AccessWork.decide()
        case "access-trace": made = AccessWork.explain()
        case "revocation": made = AccessWork.revocation()
        case "validate": made = SchemaWork.validate(file)
        case "parse": made = SchemaWork.parse(file)
        case "redis": made = RedisWork.decide(file)
        case "argon2": made = TokenWork.argon2()
        default:
            let counters = "counters-"
            made =
                name.hasPrefix(counters)
                ? CounterWork.decide(String(name.dropFirst(counters.count)), clients: file) : nil
        }
        guard let made, made.operation() else { return nil }
        self = made
    }

    /// The fastest of ten slices: what strangers on the machine add only ever makes it longer.
    func nanoseconds(seconds: Double) -> Double {
        var rounds = 1
        while time(rounds) < 2_000_000, rounds < 1 << 24 { rounds *= 2 }
        var best = Double.infinity
        let slices = 10
        let slice = seconds * 1e9 / Double(slices)
        for _ in 0..<slices {
            var spent = 0.0
            while spent < slice {
                let nanoseconds = time(rounds)
                spent += nanoseconds
                best = min(best, nanoseconds / Double(rounds))
            }
        }
        return best
    }

    /// The mean, for what is held against a peer that tells its mean.
    func mean(seconds: Double) -> Double {
        var (spent, rounds) = (0.0, 0.0)
        while spent < seconds * 1e9 {
            spent += time(1)
            rounds += 1
        }
        return spent / rounds
    }

    private func time(_ rounds: Int) -> Double {
        let start = MonotonicTime.now
        for _ in 0..<rounds where !operation() {
            print("the operation failed")
            exit(1)
        }
        return Double((MonotonicTime.now - start).nanoseconds)
    }
}

/// A file's bytes without the line end; nil if it cannot be read.
func contents(_ path: String) -> [UInt8]? {
    guard let file = unsafe fopen(path, "re") else { return nil }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = unsafe fread(&buffer, 1, buffer.count, file)
        if count == 0 { break }
        bytes += buffer.prefix(count)
    }
    while bytes.last == 0x0A { bytes.removeLast() }
    return bytes
}
