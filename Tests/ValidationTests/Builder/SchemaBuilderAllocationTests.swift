import Foundation
import GatehouseCore
import GatehouseValidation
import Glibc
import Testing

/// Heap allocations of a builder's check, counted by a preloaded counter in a process of its own:
/// this test starts the test program again and lets it run this test alone.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/cc"), "no C compiler"))
struct SchemaBuilderAllocationTests {
    private static let rounds = 10_000
    /// Set for the inner run: where the counter is.
    private static let counter = ProcessInfo.processInfo.environment["BUILDER_ALLOCATIONS"]

    @Test func `allocates nothing for a user that fits as it is`() throws {
        if let path = Self.counter { try count(path) } else { try startAgain() }
    }

    private func count(_ path: String) throws {
        let schema = try guideUser.compiled()
        let body = Array(
            #"{"email":"ada@example.com","password":"correct horse battery","name":"Ada","age":36}"#
                .utf8)
        let file = unsafe open(path, O_RDONLY)
        try #require(file >= 0)
        var tape = JSONTape()
        var fitting = 0
        var (before, after) = (UInt64(0), UInt64(0))
        let clock = ContinuousClock()
        var start = clock.now
        for round in 0..<Self.rounds + 10 {
            if round == 10 {
                _ = unsafe pread(file, &before, 8, 0)
                start = clock.now
            }
            let value = try tape.parse(body.raw)
            if schema.check(value) == .fits { fitting += 1 }
        }
        let time = (clock.now - start) / Self.rounds
        _ = unsafe pread(file, &after, 8, 0)
        #expect(fitting == Self.rounds + 10)
        // The test library's own threads may allocate a little meanwhile.
        print("allocations: \(after - before) in \(Self.rounds) rounds, \(time) each")
        #expect(after - before < UInt64(Self.rounds) / 10)
    }

    private func startAgain() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../GatewayTests/Performance/allocations.c").path
        let library = folder.appendingPathComponent("allocations.so").path
        #expect(try run("/usr/bin/cc", ["-O2", "-shared", "-fPIC", source, "-o", library]).0 == 0)
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let count = folder.appendingPathComponent("count").path
        let (code, output) = try run(
            program,
            ["--testing-library", "swift-testing", "--filter", "SchemaBuilderAllocationTests"],
            ["LD_PRELOAD": library, "ALLOCATIONS": count, "BUILDER_ALLOCATIONS": count])
        print(output.split(separator: "\n").first { $0.hasPrefix("allocations:") } ?? "no count")
        #expect(code == 0, "\(output)")
        #expect(output.contains("allocations:"), "the inner run did not count")
    }

    private func run(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:]
    ) throws -> (Int32, String) {
        let process = Process()
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
