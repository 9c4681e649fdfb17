import Foundation
import Glibc

/// A real Redis server, or sentinel, on loopback with a folder of its own, gone when the tests are.
public final class RedisServer: @unchecked Sendable {
    /// What is told when it does not come up.
    public struct Failure: Error, CustomStringConvertible {
        /// What the server or its client said.
        public let description: String

        /// A failure with what was said.
        public init(description: String) { self.description = description }
    }

    /// Whether tests with a real server can run.
    public static var isInstalled: Bool { Tool.areInstalled("redis-server", "redis-cli") }

    private static let common = Result { try RedisServer() }

    /// One server for all tests that neither stop nor burden it; they name keys of their own.
    public static func shared() throws -> RedisServer { try common.get() }

    /// A password that an address must escape.
    public static let password = "s3cret @:/?#%&+é"

    private let folder: String
    private let commands: FileHandle
    private let answers: FileHandle
    private let tool: [String]
    /// Where it listens.
    public let port: Int

    /// Starts one.
    /// - Parameters:
    ///   - lines: of its configuration.
    ///   - needsPassword: asks everybody for `password`.
    ///   - certificates: a folder with `server.crt`, `server.key` and `ca.crt`: speaks TLS alone.
    ///   - isSentinel: watches over others.
    public init(
        _ lines: [String] = [], needsPassword: Bool = true, certificates: String? = nil,
        isSentinel: Bool = false
    ) throws {
        folder = NSTemporaryDirectory() + "/gatehouse-redis-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        port = try Self.freePort()
        var settings = ["bind 127.0.0.1", "dir \(folder)", "enable-debug-command local"]
        if !isSentinel {
            settings += ["save \"\"", "appendonly no", "unixsocket \(folder)/socket"]
        }
        var tool = ["-h", "127.0.0.1", "-p", "\(port)", "--no-auth-warning"]
        if let certificates {
            settings += [
                "port 0", "tls-port \(port)", "tls-cert-file \(certificates)/server.crt",
                "tls-key-file \(certificates)/server.key",
                "tls-ca-cert-file \(certificates)/ca.crt", "tls-auth-clients no",
            ]
            tool += ["--tls", "--cacert", "\(certificates)/ca.crt"]
        } else {
            settings += ["port \(port)"]
        }
        if needsPassword {
            settings += ["requirepass \"\(Self.password)\"", "masterauth \"\(Self.password)\""]
        }
        self.tool = tool
        try (settings + lines).joined(separator: "\n").appending("\n")
            .write(toFile: folder + "/redis.conf", atomically: false, encoding: .utf8)
        let process = ChildProcess()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c", Self.guardian, "guardian", folder, "\(port)", isSentinel ? "--sentinel" : "",
        ]
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        commands = input.fileHandleForWriting
        answers = output.fileHandleForReading
        try input.fileHandleForReading.close()
        try output.fileHandleForWriting.close()
        try start()
    }

    deinit {
        resume()
        try? commands.close()
    }

    /// Its socket in the file system.
    public var socket: String { folder + "/socket" }

    /// Starts it again after `kill`; what it held is gone.
    public func start() throws {
        try commands.write(contentsOf: Data("start\n".utf8))
        let answer = String(decoding: answers.availableData, as: UTF8.self)
        guard answer == "ready\n" else {
            let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
            throw Failure(description: "Redis does not start:\n\(log.suffix(2_000))")
        }
    }

    /// Ends it at once (SIGKILL).
    public func kill() { signal(SIGKILL) }

    /// Halts it: connections stay open and nobody answers.
    public func pause() { signal(SIGSTOP) }

    /// Ends `pause`.
    public func resume() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        let text = (try? String(contentsOfFile: folder + "/pid", encoding: .utf8)) ?? ""
        guard let server = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            return
        }
        Glibc.kill(server, number)
    }

    /// The address of a client, with the password.
    public func address(scheme: String = "redis", user: String = "") -> String {
        "\(scheme)://\(user):\(Self.escapedPassword)@127.0.0.1:\(port)"
    }

    /// `password` as an address holds it.
    public static let escapedPassword: String = {
        let allowed = CharacterSet.alphanumerics.subtracting(CharacterSet(charactersIn: "é"))
        return password.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }()

    /// Runs a command with the server's own client and returns what that prints.
    @discardableResult
    public func run(_ arguments: String...) throws -> String {
        let done = try Tool(
            "redis-cli", tool + arguments, environment: ["REDISCLI_AUTH": Self.password])
        guard done.code == 0 else { throw Failure(description: done.error + done.output) }
        return done.output.trimmingCharacters(in: .newlines)
    }

    /// How often the server ran a command, by its own count.
    public func calls(of command: String) throws -> Int {
        let statistics = try run("INFO", "commandstats")
        for line in statistics.split(whereSeparator: \.isNewline)
        where line.hasPrefix("cmdstat_\(command):calls=") {
            return Int(line.split(separator: "=")[1].prefix { $0.isNumber }) ?? 0
        }
        return 0
    }

    /// A port that nobody uses now, and that the system gives to no outgoing connection while a
    /// server on it is down.
    public static func freePort() throws -> Int {
        for _ in 0..<1_000 {
            let port = UInt16.random(in: 20_000..<32_000)
            if isFree(port) { return Int(port) }
        }
        throw Failure(description: "no free port")
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(socket, pointer, size) == 0
            }
        }
    }

    /// Lives as long as its input is open, so that no server outlives the tests, however they end.
    private static let guardian = #"""
        folder=$1 port=$2 mode=$3
        server=
        while read -r command; do
            redis-server "$folder/redis.conf" $mode </dev/null >>"$folder/log" 2>&1 &
            server=$!
            echo "$server" >"$folder/pid"
            answer=failed
            for attempt in {1..200}; do
                kill -0 "$server" 2>/dev/null || break
                if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
                    answer=ready
                    break
                fi
                sleep 0.05
            done
            echo "$answer"
        done
        kill -KILL "$server" 2>/dev/null
        wait
        rm -rf "$folder"
        """#
}
