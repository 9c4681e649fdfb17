import Foundation
public import Testing

/// Runs each test of a suite on threads of its own.
///
/// Tests share as many threads as there are cores. One that waits without giving its thread back,
/// for a server to be killed and to come again, keeps others from going on whose clocks tick.
public struct OwnThreads: SuiteTrait, TestTrait, TestScoping {
    /// What these threads are called.
    public static let name = "test's own"
    /// Holds for each test of the suite.
    public let isRecursive = true

    /// Runs a test there.
    public func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(ThreadPerJob()) { try await function() }
    }
}

extension Trait where Self == OwnThreads {
    /// On threads of its own.
    public static var ownThreads: Self { OwnThreads() }
}

/// A thread for each piece of work, so that none waits for another.
private final class ThreadPerJob: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = unsafe asUnownedTaskExecutor()
        Thread.detachNewThread {
            Thread.current.name = OwnThreads.name
            unsafe job.runSynchronously(on: executor)
        }
    }
}
