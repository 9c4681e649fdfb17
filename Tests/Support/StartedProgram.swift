import Foundation
import GatehouseCore
import Glibc

/// A server that a test starts and stops: ours, or an upstream in another language.
public final class StartedProgram {
    /// What is told when it does not come up.
    public struct Failure: Error, CustomStringConvertible {
        /// What was waited for, and what the program said.
        public let description: String
    }

    private let process = ChildProcess()
    private let scratch: ScratchFolder

    /// A program of this package that is built; nil when it is not.
    public static func built(_ name: String) -> String? {
        let bundles = CommandLine.arguments.compactMap { argument -> String? in
            guard let range = argument.range(of: "/[^/]*\\.xctest", options: .regularExpression)
            else { return nil }
            return String(argument[..<range.lowerBound])
        }
        return (bundles + [Tool.root + "/.build/debug"]).map { $0 + "/" + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Starts it.
    public init(
        _ path: String, _ arguments: [String], in folder: String = "/",
        environment: [String: String] = [:]
    ) throws {
        scratch = try ScratchFolder()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ProcessInfo.processInfo.environment
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try scratch.newFile("output")
        process.standardError = try scratch.newFile("error")
        try process.run()
    }

    deinit {
        // Tests run on threads that block signals, and programs inherit that: only this one arrives
        // everywhere.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// What it printed so far.
    public var output: String { (try? scratch.text("output")) ?? "" }
    /// What it complained of so far.
    public var error: String { (try? scratch.text("error")) ?? "" }

    /// Ends one of our programs as an operator would, which waits for the signal; its exit code.
    @discardableResult
    public func stop() -> Int32 {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Waits for what `find` looks for in output and errors.
    public func wait<T>(for what: String, _ find: (String) -> T?) throws -> T {
        var found: T?
        let isThere = eventually {
            found = find(output + error)
            return found != nil || !process.isRunning
        }
        guard isThere, let found else {
            throw Failure(description: "no \(what):\n\(output)\(error)")
        }
        return found
    }

    /// Waits for a line such as `listening 40123`.
    public func listeningPort() throws -> UInt16 {
        try wait(for: "port") { text in
            text.firstMatch(of: /listening (\d+)/).flatMap { UInt16($0.output.1) }
        }
    }

    /// Waits for our log to say where a protocol is served.
    public func port(of protocol: String) throws -> UInt16 {
        try wait(for: "\(`protocol`) listener") { text in
            text.split(separator: "\n").lazy
                .filter { $0.contains("listener.open") && $0.contains("\"\(`protocol`)\"") }
                .compactMap { $0.firstMatch(of: /:(\d+)"/).flatMap { UInt16($0.output.1) } }
                .first
        }
    }
}
