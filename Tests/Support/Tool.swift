public import Foundation
import Synchronization

/// A program that is not ours, run to its end.
public struct Tool: Sendable {
    /// Its exit code; 124 when it had to be stopped.
    public let code: Int32
    /// What it printed.
    public let output: String
    /// What it complained of.
    public let error: String

    /// The package's folder.
    public static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Where it is installed: on PATH, in sbin, or in the tests' virtual environment.
    public static func path(_ name: String) -> String? {
        let listed = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders =
            [root + "/.venv/bin"] + listed.split(separator: ":").map(String.init)
            + ["/usr/bin", "/usr/sbin"]
        return folders.map { $0 + "/" + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Whether all of them are installed.
    public static func areInstalled(_ names: String...) -> Bool {
        names.allSatisfy { path($0) != nil }
    }

    /// Whether the tests' virtual environment has a Python package.
    public static func hasPythonPackage(_ name: String) -> Bool {
        guard FileManager.default.isExecutableFile(atPath: root + "/.venv/bin/python") else {
            return false
        }
        return (try? Tool(python: ["-c", "import \(name)"]).code) == 0
    }

    /// Runs Python of the virtual environment.
    public init(python arguments: [String], in folder: String = "/") throws {
        try self.init("python", arguments, in: folder)
    }

    /// Runs a program; output goes through files, so that no pipe can fill up.
    public init(
        _ name: String, _ arguments: [String], in folder: String = "/",
        environment: [String: String] = [:], seconds: Int = 120
    ) throws {
        guard let path = Self.path(name) else { throw CocoaError(.fileNoSuchFile) }
        let scratch = try ScratchFolder()
        let process = ChildProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = ["--kill-after=5", "\(seconds)", path] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ProcessInfo.processInfo.environment
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try scratch.newFile("output")
        process.standardError = try scratch.newFile("error")
        try process.run()
        process.waitUntilExit()
        code = process.terminationStatus
        output = try scratch.text("output")
        error = try scratch.text("error")
    }
}

/// A folder that is gone when the test is.
public final class ScratchFolder: Sendable {
    /// Where it is.
    public let path: String

    /// A new, empty folder among the system's temporary ones.
    public init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("gatehouse-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        Self.made.withLock { $0.append(path) }
        _ = Self.sweepsAtExit
    }

    private static let made = Mutex<[String]>([])

    /// Folders that are held until the end, or that a gate wrote to once more while it stopped, go
    /// when the tests do.
    private static let sweepsAtExit: Bool = {
        atexit {
            for path in ScratchFolder.made.withLock({ $0 }) {
                try? FileManager.default.removeItem(atPath: path)
            }
        } == 0
    }()

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A new, empty file for a program's output.
    public func newFile(_ name: String) throws -> FileHandle {
        _ = FileManager.default.createFile(atPath: path + "/" + name, contents: nil)
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path + "/" + name))
    }

    /// A file's content.
    public func text(_ name: String) throws -> String {
        let data = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
        return String(decoding: data, as: UTF8.self)
    }

    /// Writes a file.
    public func write(_ text: String, _ name: String) throws {
        try text.write(toFile: path + "/" + name, atomically: false, encoding: .utf8)
    }
}
