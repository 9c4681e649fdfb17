import Foundation
import TestSupport
import Testing

/// Runs one suite of this test program again, in a process whose heap allocations are counted by
/// the library of `Tests/GatewayTests/Performance/allocations.c`.
enum AllocationCount {
    /// The inner run finds the count's file in `ALLOCATIONS`, and prints a line that begins with
    /// `allocations:`.
    static func startAgain(_ suite: String) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../GatewayTests/Performance/allocations.c").path
        let library = folder.appendingPathComponent("allocations.so").path
        #expect(try run("/usr/bin/cc", ["-O2", "-shared", "-fPIC", source, "-o", library]).0 == 0)
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let (code, output) = try run(
            program, ["--testing-library", "swift-testing", "--filter", suite],
            ["LD_PRELOAD": library, "ALLOCATIONS": folder.appendingPathComponent("count").path])
        print(output.split(separator: "\n").first { $0.hasPrefix("allocations:") } ?? "no count")
        #expect(code == 0, "\(output)")
        #expect(output.contains("allocations:"), "the inner run did not count")
    }

    private static func run(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:]
    ) throws -> (Int32, String) {
        let process = ChildProcess()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
