import Foundation
import GatehouseCore
import Glibc
import Synchronization
import Testing

@testable import GatehouseObservability

@Suite struct LogSinkTests {
    private func line(_ text: String) -> [UInt8] { Array((text + "\n").utf8) }
    private let epoch: @Sendable () -> WallTime = { WallTime(nanoseconds: 0) }

    @Test func `drops and counts what does not fit, and says so where it is missing`() {
        let output = ScriptedOutput(room: 0)
        let sink = LogSink(output: output, capacity: .bytes(64), pace: quick, clock: epoch)
        sink.append(line("first"))
        // The writer now holds "first" and can't get rid of it.
        #expect(eventually { output.failures > 0 })
        for index in 0..<20 { sink.append(line("line \(index)")) }
        // 64 bytes take nine lines of 7 bytes.
        #expect(sink.droppedLines == 11)
        output.give(.max)
        #expect(sink.flush(deadline: soon))
        sink.append(line("after"))
        #expect(sink.flush(deadline: soon))
        let lines = output.lines
        #expect(Array(lines.prefix(10)) == ["first"] + (0..<9).map { "line \($0)" })
        #expect(object(lines[10])?["event"] as? String == "log.dropped")
        #expect(object(lines[10])?["lines"] as? Int == 11)
        #expect(lines[11] == "after")
        #expect(lines.count == 12)
    }

    @Test func `finishes a line that a full disk cut in two`() {
        let output = ScriptedOutput(room: 4)
        let sink = LogSink(output: output, pace: quick)
        sink.append(line("abcdefgh"))
        sink.append(line("ijkl"))
        #expect(eventually { output.failures > 1 })
        #expect(output.text == "abcd")
        output.give(7)
        #expect(eventually { output.text.count == 11 })
        output.give(.max)
        #expect(sink.flush(deadline: soon))
        #expect(output.lines == ["abcdefgh", "ijkl"])
        #expect(sink.droppedLines == 0)
    }

    @Test func `writes a cut line whole into the file that replaces a full one`() throws {
        let output = ScriptedOutput(room: 9)
        let sink = LogSink(output: output, pace: quick)
        sink.append(line("abcd"))
        sink.append(line("efghijkl"))
        #expect(eventually { output.failures > 0 })
        try sink.reopen()
        #expect(sink.flush(deadline: soon))
        #expect(
            output.state.withLock { String(decoding: $0.previous, as: UTF8.self) } == "abcd\nefgh")
        #expect(output.lines == ["efghijkl"])
    }

    @Test func `refuses a line longer than the queue, and takes the next`() {
        let output = ScriptedOutput()
        let sink = LogSink(output: output, capacity: .bytes(16), pace: quick, clock: epoch)
        sink.append(line(String(repeating: "x", count: 16)))
        sink.append(line("short"))
        #expect(sink.flush(deadline: soon))
        #expect(sink.droppedLines == 1)
        #expect(output.lines.contains("short"))
    }

    @Test func `gives up flushing at the deadline, and ending loses nothing silently`() {
        let output = ScriptedOutput(room: 0)
        let sink = LogSink(output: output, pace: quick)
        sink.append(line("one"))
        #expect(!sink.flush(deadline: .now + .milliseconds(5)))
        #expect(sink.droppedLines == 0)
    }

    @Test func `writes what is queued when it is let go`() {
        let output = ScriptedOutput()
        do {
            let sink = LogSink(output: output, pace: quick)
            sink.append(line("last words"))
        }
        #expect(eventually { output.lines == ["last words"] })
    }

    @Test func `keeps lines of eight threads whole and in each thread's order`() {
        let output = ScriptedOutput(mostAtOnce: 1_000)
        let sink = LogSink(output: output, capacity: .mebibytes(4), pace: quick)
        let each = 2_000
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for index in 0..<each {
                sink.append(line("\(thread) \(index) " + String(repeating: "x", count: index % 90)))
            }
        }
        #expect(sink.flush(deadline: soon))
        #expect(sink.droppedLines == 0)
        var next = [Int](repeating: 0, count: 8)
        for line in output.lines {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            let (thread, index) = (Int(parts[0])!, Int(parts[1])!)
            #expect(next[thread] == index && parts[2].count == index % 90)
            next[thread] += 1
        }
        #expect(next == [Int](repeating: each, count: 8))
    }

    @Test func `counts every line of a flood as written or dropped`() {
        let output = ScriptedOutput(mostAtOnce: 300)
        let sink = LogSink(output: output, capacity: .kibibytes(2), pace: quick)
        let each = 5_000
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<each { sink.append(line("0123456789")) }
        }
        #expect(sink.flush(deadline: soon))
        // A last notice may still wait behind the flush.
        sink.append(line("end"))
        #expect(sink.flush(deadline: soon))
        let written = output.lines.count { $0 == "0123456789" }
        let told = output.lines.compactMap { object($0)?["lines"] as? Int }.reduce(0, +)
        #expect(written + sink.droppedLines == 4 * each)
        #expect(told == sink.droppedLines)
    }
}
