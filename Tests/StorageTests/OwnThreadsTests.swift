import Foundation
import Glibc
import TestSupport
import Testing

/// Tests that ask for threads of their own have them, before and after they waited.
@Suite(.ownThreads) struct OwnThreadsTests {
    fileprivate static func isOwn() throws -> Bool {
        let name = try String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
        return name == OwnThreads.name + "\n"
    }

    @Test func `a test that never waits`() throws {
        #expect(try Self.isOwn())
    }

    @Test func `a test that waits`() async throws {
        #expect(try Self.isOwn())
        await Task.yield()
        #expect(try Self.isOwn())
    }
}

/// What is told apart is there.
@Suite struct SharedThreadsTests {
    @Test func `others share threads`() throws {
        #expect(try !OwnThreadsTests.isOwn())
    }
}
