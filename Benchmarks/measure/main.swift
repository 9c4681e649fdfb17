import GatehouseCore
import Glibc

// Measures what a request costs inside the process: `GatehouseMeasure NAME SECONDS FILE` prints
// nanoseconds for each operation. What the file holds, the harness wrote: peers get the same. For
// counters it is their number; `counter-bytes-…` prints the memory that each of them takes.
let arguments = CommandLine.arguments
guard arguments.count == 4, let seconds = Double(arguments[2]) else {
    print("usage: GatehouseMeasure NAME SECONDS FILE")
    exit(2)
}
let bytes = "counter-bytes-"
if arguments[1].hasPrefix(bytes),
    let measured = CounterWork.bytes(
        String(arguments[1].dropFirst(bytes.count)), clients: arguments[3])
{
    print(measured)
    exit(0)
}
guard let work = Work(name: arguments[1], file: arguments[3]) else {
    print("no such work, or it cannot be prepared: \(arguments[1])")
    exit(2)
}
if arguments[1] == "redis" {
    // A round is many decisions: alone, each would wait for the network.
    print(work.mean(seconds: seconds) / RedisWork.decisionsPerRound)
} else {
    print(work.nanoseconds(seconds: seconds))
}
