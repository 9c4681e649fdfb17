import Foundation
import GatehouseCore
import GatehouseValidation
import Glibc
import Testing

/// Heap allocations of a validation, counted by a preloaded counter in a process of its own: this
/// test starts the test program again and lets it run this test alone.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/cc"), "no C compiler"))
struct SchemaAllocationTests {
    private static let rounds = 10_000
    /// Set for the inner run: where the counter is.
    private static let counter = ProcessInfo.processInfo.environment["ALLOCATIONS"]

    @Test func `allocates nothing for a value that fits`() throws {
        if let path = Self.counter {
            try count(path)
        } else {
            try AllocationCount.startAgain("SchemaAllocationTests")
        }
    }

    private func count(_ path: String) throws {
        let schema = try JSONSchema(JSONSchemaTests.user)
        let body = Array(
            #"{"email":"ada@example.com","password":"correct horse battery","name":"Ada","age":36}"#
                .utf8)
        let file = unsafe open(path, O_RDONLY)
        try #require(file >= 0)
        var tape = JSONTape()
        var scratch = SchemaScratch()
        var fitting = 0
        var (before, after) = (UInt64(0), UInt64(0))
        for round in 0..<Self.rounds + 10 {
            if round == 10 { _ = unsafe pread(file, &before, 8, 0) }
            let value = try tape.parse(body.raw)
            if schema.accepts(value, using: &scratch) { fitting += 1 }
            if schema.issues(in: value, using: &scratch).isEmpty { fitting += 1 }
        }
        _ = unsafe pread(file, &after, 8, 0)
        #expect(fitting == 2 * (Self.rounds + 10))
        // The test library's own threads may allocate a little meanwhile.
        print("allocations: \(after - before) in \(Self.rounds) rounds")
        #expect(after - before < UInt64(Self.rounds) / 10)
    }
}
