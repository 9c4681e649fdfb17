public import Foundation
import Glibc
import Synchronization

/// A program that a test starts: `Process`, as far as the tests use it.
///
/// Foundation's own reads its folder of open descriptors as whole records, past the end of what the
/// kernel wrote there; beside a test that holds thousands of connections it now and then crashes.
public final class ChildProcess: Sendable {
    private struct State {
        var executableURL: URL?
        var arguments: [String] = []
        var environment: [String: String]?
        var currentDirectoryURL: URL?
        var input: Int32?
        var output: Int32?
        var error: Int32?
        /// Ends of pipes that are the program's alone.
        var given: [Int32] = []
        /// What must stay open until the program is started.
        var held: [FileHandle] = []
        /// Pipes, whose other ends are open for as long as this is there.
        var pipes: [Pipe] = []
        var pid: pid_t = 0
        var status: Int32?
    }

    /// Why a program did not start.
    public struct Failure: Error, CustomStringConvertible {
        /// The system's words.
        public let description: String
    }

    private let state = Mutex(State())

    /// Not started.
    public init() {}

    /// The program.
    public var executableURL: URL? {
        get { state.withLock { $0.executableURL } }
        set { state.withLock { $0.executableURL = newValue } }
    }
    /// Its arguments.
    public var arguments: [String]? {
        get { state.withLock { $0.arguments } }
        set { state.withLock { $0.arguments = newValue ?? [] } }
    }
    /// Its environment; nil for ours.
    public var environment: [String: String]? {
        get { state.withLock { $0.environment } }
        set { state.withLock { $0.environment = newValue } }
    }
    /// The folder that it starts in; nil for ours.
    public var currentDirectoryURL: URL? {
        get { state.withLock { $0.currentDirectoryURL } }
        set { state.withLock { $0.currentDirectoryURL = newValue } }
    }

    /// A `Pipe` or `FileHandle`; nil for this process's own.
    public var standardInput: Any? {
        get { nil }
        set { take(newValue, \.input) { $0.fileHandleForReading } }
    }
    /// A `Pipe` or `FileHandle`; nil for this process's own.
    public var standardOutput: Any? {
        get { nil }
        set { take(newValue, \.output) { $0.fileHandleForWriting } }
    }
    /// A `Pipe` or `FileHandle`; nil for this process's own.
    public var standardError: Any? {
        get { nil }
        set { take(newValue, \.error) { $0.fileHandleForWriting } }
    }

    private func take(
        _ value: Any?, _ place: WritableKeyPath<State, Int32?>, _ end: (Pipe) -> FileHandle
    ) {
        switch value {
        case let handle as FileHandle:
            let descriptor = handle.fileDescriptor
            // The null device has no descriptor of its own until somebody opens it.
            let isNull = handle === FileHandle.nullDevice
            state.withLock { state in
                state[keyPath: place] = isNull ? -1 : descriptor
                state.held.append(handle)
            }
        case let pipe as Pipe:
            let handle = end(pipe)
            let descriptor = handle.fileDescriptor
            state.withLock { state in
                state[keyPath: place] = descriptor
                if !state.given.contains(descriptor) { state.given.append(descriptor) }
                state.held.append(handle)
                state.pipes.append(pipe)
            }
        default: state.withLock { $0[keyPath: place] = nil }
        }
    }

    // Extensions of the C library, which its module does not show.
    private typealias CloseFrom =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    private typealias ChangeFolder =
        @convention(c) (
            UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>
        ) -> Int32
    private static let closeFrom = unsafe unsafeBitCast(
        symbol("posix_spawn_file_actions_addclosefrom_np"), to: CloseFrom.self)
    private static let changeFolder = unsafe unsafeBitCast(
        symbol("posix_spawn_file_actions_addchdir_np"), to: ChangeFolder.self)

    private static func symbol(_ name: String) -> UnsafeMutableRawPointer {
        guard let found = unsafe dlsym(dlopen(nil, RTLD_NOW), name) else {
            preconditionFailure("the C library has no \(name)")
        }
        return unsafe found
    }

    // MARK: Life

    /// Starts it, in a process group of its own, without any other open file of ours.
    public func run() throws {
        let pid = try state.withLock { state -> pid_t in
            guard let path = state.executableURL?.path else {
                throw Failure(description: "no program is named")
            }
            var actions = unsafe posix_spawn_file_actions_t()
            unsafe posix_spawn_file_actions_init(&actions)
            defer { unsafe posix_spawn_file_actions_destroy(&actions) }
            for (target, source) in [state.input, state.output, state.error].enumerated() {
                guard let source else { continue }
                if source < 0 {
                    unsafe posix_spawn_file_actions_addopen(
                        &actions, Int32(target), "/dev/null", O_RDWR, 0)
                } else {
                    unsafe posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
                }
            }
            unsafe _ = Self.closeFrom(&actions, 3)
            if let folder = state.currentDirectoryURL?.path {
                unsafe _ = folder.withCString { unsafe Self.changeFolder(&actions, $0) }
            }
            state.pid = unsafe try Self.spawn(
                path, state.arguments, state.environment, &actions)
            let given = Set(state.given)
            for handle in state.held where given.contains(handle.fileDescriptor) {
                try? handle.close()
            }
            state.held = []
            return state.pid
        }
        watch(pid)
    }

    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String: String]?,
        _ actions: inout posix_spawn_file_actions_t
    ) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        let surroundings = environment ?? ProcessInfo.processInfo.environment
        let list = surroundings.map { "\($0.key)=\($0.value)" }
        var argv = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        var envp = unsafe list.map { unsafe strdup($0) } + [nil]
        defer { unsafe (argv + envp).forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let code = unsafe posix_spawn(&pid, path, &actions, &attributes, &argv, &envp)
        guard code == 0 else {
            throw Failure(description: "\(path): \(unsafe String(cString: strerror(code)))")
        }
        return pid
    }

    /// Its process, 0 before it started.
    public var processIdentifier: Int32 { state.withLock { $0.pid } }

    /// Whether it has started and not ended.
    public var isRunning: Bool { state.withLock { $0.pid > 0 && $0.status == nil } }

    /// Returns when it has ended.
    public func waitUntilExit() {
        while isRunning { _ = poll(nil, 0, 2) }
    }

    /// Takes the status as soon as there is one, also of a program that nobody waits for: tests
    /// that expect an exit look at all children, and would look at a dead one for ever.
    private func watch(_ pid: pid_t) {
        Thread.detachNewThread { [self] in
            var status: Int32 = 0
            while true {
                let code = unsafe waitpid(pid, &status, 0)
                if code < 0, errno == EINTR { continue }
                let ended = code == pid ? status : 0
                return state.withLock { $0.status = ended }
            }
        }
    }

    /// Asks it to end.
    public func terminate() { kill(processIdentifier, SIGTERM) }

    /// Its exit code, or the signal that ended it.
    public var terminationStatus: Int32 {
        let status = state.withLock { $0.status ?? 0 }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : status & 0x7F
    }

    /// How it ended.
    public var terminationReason: Process.TerminationReason {
        state.withLock { ($0.status ?? 0) & 0x7F == 0 ? .exit : .uncaughtSignal }
    }
}
