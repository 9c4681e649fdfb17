import Foundation
import GatehouseCore
import Glibc
import Synchronization
import Testing

@testable import GatehouseHTTP
@testable import GatehouseObservability

/// A destination with as much room as a test gives it.
final class ScriptedOutput: LogOutput {
    struct State {
        var bytes: [UInt8] = []
        var previous: [UInt8] = []
        var room = Int.max
        var mostAtOnce = Int.max
        var failures = 0
        var isReplaced = false
    }
    let state: Mutex<State>

    init(room: Int = .max, mostAtOnce: Int = .max) {
        state = Mutex(State(room: room, mostAtOnce: mostAtOnce))
    }

    func write(_ bytes: RawSpan) -> WriteOutcome {
        let copy = bytes.array
        return state.withLock { state in
            let count = min(copy.count, state.room, state.mostAtOnce)
            guard count > 0 else {
                state.failures += 1
                return .failed(ENOSPC)
            }
            state.bytes.append(contentsOf: copy[..<count])
            if state.room != .max { state.room -= count }
            return .wrote(count)
        }
    }

    func adoptReopened() -> Bool {
        state.withLock { state in
            guard state.isReplaced else { return false }
            state.isReplaced = false
            state.previous = state.bytes
            state.bytes = []
            state.room = .max
            return true
        }
    }

    func reopen() throws(LogFileError) { state.withLock { $0.isReplaced = true } }

    var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }
    var lines: [String] { text.split(separator: "\n").map(String.init) }
    var failures: Int { state.withLock(\.failures) }
    func give(_ room: Int) { state.withLock { $0.room = room } }
}

/// A pace that does not make tests wait.
let quick = LogWriter.Pace(linger: .milliseconds(1), retry: .milliseconds(1))

/// Far enough that only a fault reaches it.
var soon: MonotonicTime { .now + .seconds(20) }

/// Tries again until it is so, or the patience of `soon` ends.
func eventually(_ isSo: () -> Bool) -> Bool {
    let deadline = soon
    while MonotonicTime.now < deadline {
        if isSo() { return true }
        // A millisecond for others: what is waited for may need this very processor.
        _ = poll(nil, 0, 1)
    }
    return false
}

/// A folder of its own for one test.
final class Folder {
    let path: String

    init() {
        var template = Array("/tmp/gatehouse-log-XXXXXX".utf8CString)
        path = unsafe template.withUnsafeMutableBufferPointer {
            unsafe String(cString: mkdtemp($0.baseAddress!))
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }
    func makePipe(_ name: String) -> Bool { unsafe mkfifo(file(name), 0o600) == 0 }
    func move(_ name: String, to other: String) -> Bool {
        unsafe rename(file(name), file(other)) == 0
    }
    func empty(_ name: String) -> Bool { unsafe truncate(file(name), 0) == 0 }
    func permit(_ name: String, _ mode: mode_t) -> Bool { unsafe chmod(file(name), mode) == 0 }
    func read(_ name: String) -> String {
        (try? String(contentsOfFile: file(name), encoding: .utf8)) ?? ""
    }
}

/// One JSON line as a dictionary; nil if it is not exactly one object.
func object(_ line: String) -> [String: Any]? {
    try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
}

/// A request whose head is `text`: a start line and field lines, parsed just enough for a log.
func request(
    _ method: String = "GET", _ target: [UInt8], fields: [(FieldName, String)] = []
) -> Request {
    let request = Request()
    let buffer = Buffer(capacity: 65_536)
    func place(_ bytes: [UInt8]) -> ByteRange {
        let start = buffer.end
        buffer.append(bytes)
        return ByteRange(start: start, count: bytes.count)
    }
    let mark = target.firstIndex(of: 0x3F)
    request.head.method = Method(rawValue: method)
    request.head.path = place(Array(target[..<(mark ?? target.count)]))
    if let mark { request.head.query = place(Array(target[(mark + 1)...])) }
    for (name, value) in fields {
        let nameBytes = place(Array(name.description.utf8))
        let line = MessageHead.Line(id: name.id, name: nameBytes, value: place(Array(value.utf8)))
        request.head.lines.append(line)
        request.head.present.insert(name.id)
    }
    request.head.buffer = buffer
    request.client = IPAddress(v4: 0xC633_6407)
    request.peer = request.client
    request.id = RequestID(high: 0x0123_4567_89AB_CDEF, low: 7)
    request.receivedAt = WallTime(nanoseconds: 784_111_777_125_000_000)
    request.isSecure = true
    return request
}

func request(
    _ method: String = "GET", _ target: String, fields: [(FieldName, String)] = []
) -> Request {
    request(method, Array(target.utf8), fields: fields)
}
