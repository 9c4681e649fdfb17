import Foundation
import GatehouseCore
import Glibc
import TestSupport
import Testing

@testable import GatehouseObservability

/// Whether this process may mount a small file system to fill up.
private let canMount: Bool = {
    let folder = Folder()
    guard mount(folder, bytes: 65_536) else { return false }
    return unsafe umount2(folder.path, 0) == 0
}()

private func mount(_ folder: Folder, bytes: Int) -> Bool {
    let process = ChildProcess()
    process.executableURL = URL(fileURLWithPath: "/bin/mount")
    process.arguments = ["-t", "tmpfs", "-o", "size=\(bytes)", "tmpfs", folder.path]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
}

@Suite struct LogFileTests {
    private func line(_ text: String) -> [UInt8] { Array((text + "\n").utf8) }

    @Test func `refuses a symbolic link, a directory and a file that all may write`() throws {
        let folder = Folder()
        let target = folder.file("target")
        _ = FileManager.default.createFile(atPath: target, contents: nil)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: target)
        #expect(throws: LogFileError.symbolicLink(path: folder.file("link"))) {
            try LogSink(.file(folder.file("link")))
        }
        #expect(throws: LogFileError.unsuitable(path: folder.path)) {
            try LogSink(.file(folder.path))
        }
        #expect(folder.permit("target", 0o666))
        #expect(throws: LogFileError.writableByOthers(path: target)) {
            try LogSink(.file(target))
        }
        #expect(throws: LogFileError.self) { try LogSink(.file(folder.file("none/log"))) }
    }

    @Test func `refuses a named pipe that nobody reads instead of waiting`() {
        let folder = Folder()
        #expect(folder.makePipe("pipe"))
        #expect(throws: LogFileError.self) { try LogSink(.file(folder.file("pipe"))) }
    }

    @Test func `makes the file readable by its owner alone and appends to it`() throws {
        let folder = Folder()
        for text in ["one", "two"] {
            let sink = try LogSink(.file(folder.file("log")))
            sink.append(line(text))
            #expect(sink.flush(deadline: soon))
        }
        #expect(folder.read("log") == "one\ntwo\n")
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("log"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `goes on in a new file after rotation, without losing a line`() throws {
        let folder = Folder()
        let sink = try LogSink(.file(folder.file("log")))
        sink.append(line("old"))
        #expect(sink.flush(deadline: soon))
        #expect(folder.move("log", to: "log.1"))
        sink.append(line("between"))
        #expect(sink.flush(deadline: soon))
        try sink.reopen()
        sink.append(line("new"))
        #expect(sink.flush(deadline: soon))
        #expect(folder.read("log.1") == "old\nbetween\n")
        #expect(folder.read("log") == "new\n")
    }

    @Test func `keeps the old file when the new one can't be opened`() throws {
        let folder = Folder()
        let sink = try LogSink(.file(folder.file("log")))
        #expect(folder.move("log", to: "log.1"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("log"), withDestinationPath: folder.file("elsewhere"))
        #expect(throws: LogFileError.symbolicLink(path: folder.file("log"))) { try sink.reopen() }
        sink.append(line("still here"))
        #expect(sink.flush(deadline: soon))
        #expect(folder.read("log.1") == "still here\n")
    }

    @Test func `outlives a device that is always full`() throws {
        let sink = LogSink(
            output: try FileOutput(path: "/dev/full"), capacity: .bytes(64), pace: quick)
        for index in 0..<100 { sink.append(line("line \(index)")) }
        #expect(!sink.flush(deadline: .now + .milliseconds(20)))
        #expect(eventually { sink.droppedLines > 0 })
    }

    @Test(.enabled(if: canMount, "needs the right to mount a file system"))
    func `recovers by itself when a full disk has room again`() throws {
        let folder = Folder()
        #expect(mount(folder, bytes: 32_768))
        defer { unsafe umount2(folder.path, Int32(MNT_DETACH)) }
        let sink = LogSink(
            output: try FileOutput(path: folder.file("log")), capacity: .kibibytes(8), pace: quick)
        let filler = String(repeating: "x", count: 90)
        var index = 0
        while sink.droppedLines == 0, index < 100_000 {
            sink.append(line("\(index) \(filler)"))
            index += 1
            if index.isMultiple(of: 8) { sink.flush(deadline: .now + .milliseconds(2)) }
        }
        #expect(sink.droppedLines > 0)
        // Somebody makes room by emptying the file; we append, so we go on at its new end.
        let before = folder.read("log")
        #expect(folder.empty("log"))
        #expect(sink.flush(deadline: soon))
        sink.append(line("end"))
        #expect(sink.flush(deadline: soon))
        let lines = (before + folder.read("log")).split(separator: "\n").map(String.init)
        let told = lines.compactMap { object($0)?["lines"] as? Int }.reduce(0, +)
        #expect(told == sink.droppedLines)
        #expect(lines.count { $0.hasSuffix(filler) } == index - sink.droppedLines)
        #expect(lines.allSatisfy { $0.hasSuffix(filler) || $0 == "end" || object($0) != nil })
    }

    @Test func `survives a closed pipe, and goes on when it is read again`() throws {
        let folder = Folder()
        let path = folder.file("pipe")
        #expect(folder.makePipe("pipe"))
        let first = unsafe open(path, O_RDONLY | O_NONBLOCK)
        let sink = LogSink(output: try FileOutput(path: path), pace: quick)
        close(first)
        // SIGPIPE would end the tests here.
        sink.append(line("kept"))
        #expect(!sink.flush(deadline: .now + .milliseconds(5)))
        let second = unsafe open(path, O_RDONLY | O_NONBLOCK)
        defer { close(second) }
        #expect(sink.flush(deadline: soon))
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(second, &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "kept\n")
    }

    @Test func `does not hold producers up when a pipe's reader is slow`() throws {
        let folder = Folder()
        let path = folder.file("pipe")
        #expect(folder.makePipe("pipe"))
        let reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let sink = LogSink(
            output: try FileOutput(path: path), capacity: .kibibytes(16), pace: quick)
        let count = 20_000
        for index in 0..<count { sink.append(line("line \(index) of a slow reader")) }
        #expect(sink.droppedLines > 0)
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1_000)
        func drain() {
            while true {
                let length = unsafe read(reader, &chunk, chunk.count)
                guard length > 0 else { return }
                text.append(contentsOf: chunk[..<length])
            }
        }
        #expect(
            eventually {
                drain(); return sink.flush(deadline: .now)
            })
        sink.append(line("end"))
        #expect(
            eventually {
                drain(); return text.suffix(4) == line("end")[...]
            })
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        let written = lines.count { $0.hasSuffix("of a slow reader") }
        #expect(written + sink.droppedLines == count)
        #expect(lines.allSatisfy { $0.hasPrefix("line ") || $0 == "end" || object($0) != nil })
    }
}
