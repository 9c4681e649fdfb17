import Foundation
import GatehouseCore
import Glibc
import TestSupport

/// The built program as a process of its own: for what must be killed, or measured alone.
final class GateProcess {
    let process = ChildProcess()
    let folder: URL
    private let errorPath: String

    /// Where the program is: beside the test bundle, or else in the package's debug folder.
    static let program: String? = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let bundles = CommandLine.arguments.compactMap { argument -> String? in
            guard let range = argument.range(of: "/[^/]*\\.xctest", options: .regularExpression)
            else { return nil }
            return String(argument[..<range.lowerBound])
        }
        return (bundles + [root.path + "/.build/debug"]).map { $0 + "/gatehouse" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Starts the program with `text` as its configuration.
    init(_ text: String, in folder: URL) throws {
        self.folder = folder
        errorPath = folder.appendingPathComponent("error-\(UUID().uuidString).log").path
        try Self.write(text, in: folder)
        _ = FileManager.default.createFile(atPath: errorPath, contents: nil)
        process.executableURL = URL(fileURLWithPath: Self.program ?? "gatehouse")
        process.arguments = ["run"]
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle(forWritingAtPath: errorPath)
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Replaces the configuration, for a reload.
    static func write(_ text: String, in folder: URL) throws {
        try text.replacing("level: error", with: "level: info").write(
            to: folder.appendingPathComponent("gatehouse.yml"), atomically: true, encoding: .utf8)
    }

    /// What the program wrote to standard error so far.
    var log: String {
        String(decoding: FileManager.default.contents(atPath: errorPath) ?? Data(), as: UTF8.self)
    }

    /// How often `text` is in the log.
    func count(_ text: String) -> Int { log.ranges(of: text).count }

    /// Waits until it serves.
    func isServing() -> Bool { eventually { log.contains("sys_startup") || !process.isRunning } }

    /// Ports as bound, in the order of the configuration.
    var ports: [UInt16] {
        log.split(whereSeparator: \.isNewline).compactMap { line in
            guard line.contains(#""event":"listener.open""#),
                let address = line.firstRange(of: #""address":"127.0.0.1:"#)
            else { return nil }
            return UInt16(line[address.upperBound...].prefix { $0.isNumber })
        }
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// The exit code once it ended; nil if it does not end.
    func exitCode() -> Int32? {
        guard eventually({ !process.isRunning }) else { return nil }
        return process.terminationStatus
    }

    func get(_ path: String) throws -> String {
        let client = try RawClient(port: ports[0])
        client.send(FaultGate.request(path, "Connection: close"))
        return client.receiveAll()
    }

    /// A figure of `/proc/…/status` in KiB, such as `VmHWM`.
    func memory(_ name: String) -> Int {
        let file = FileHandle(forReadingAtPath: "/proc/\(process.processIdentifier)/status")
        let text = String(decoding: (try? file?.readToEnd()) ?? Data(), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
        return Int(line.filter(\.isNumber)) ?? 0
    }
}
