import Foundation
import Glibc

/// A real PostgreSQL server with a private cluster on loopback, gone when the tests are.
///
/// `shared()` serves all tests that leave it alone, a database each; tests that stop or kill a
/// server start their own.
public final class PostgreSQLServer: @unchecked Sendable {
    /// What is told when it does not come up.
    public struct Failure: Error, CustomStringConvertible {
        /// What the server or its tools said.
        public let description: String

        /// A failure with what was said.
        public init(description: String) { self.description = description }
    }

    /// Where Debian keeps the server's programs; nil when it is not installed.
    public static let programs: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
            .map { "\(root)/\($0)/bin" }
            .first { FileManager.default.isExecutableFile(atPath: $0 + "/postgres") }
    }()

    /// Whether tests with a real server can run.
    public static var isInstalled: Bool { programs != nil }

    private static let common = Result { try PostgreSQLServer() }

    /// One server for all tests that neither stop nor burden it.
    public static func shared() throws -> PostgreSQLServer { try common.get() }

    private let folder: String
    private let commands: FileHandle
    private let answers: FileHandle
    private let lock = NSLock()
    private var databases = 0
    /// Where it listens.
    public let port: Int
    /// Its administrator, and a password that an address must escape.
    public let user = "gatehouse"
    /// See `user`.
    public let password = "s3cret @:/?#%&+é"

    /// Makes a cluster and starts it.
    /// - Parameters:
    ///   - method: how passwords are asked for, in the server's words.
    ///   - certificates: a folder with `server.crt` and `server.key`, for TLS.
    public init(method: String = "scram-sha-256", certificates: String? = nil) throws {
        guard let programs = Self.programs else {
            throw Failure(description: "PostgreSQL is not installed")
        }
        folder = NSTemporaryDirectory() + "/gatehouse-postgresql-\(UUID().uuidString)"
        port = try Self.freePort()
        let process = ChildProcess()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c", Self.guardian, "guardian", folder, programs, "\(port)", user, method,
            certificates ?? "",
        ]
        process.environment = ["PGPASSWORD": password, "PATH": "/usr/bin:/bin", "LC_ALL": "C"]
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

    deinit { try? commands.close() }

    /// Starts it again after `kill`, with the same data.
    public func start() throws {
        try commands.write(contentsOf: Data("start\n".utf8))
        let answer = String(decoding: answers.availableData, as: UTF8.self)
        guard answer == "ready\n" else {
            let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
            throw Failure(description: "PostgreSQL does not start:\n\(log.suffix(2_000))")
        }
    }

    /// Ends all its processes at once (SIGKILL).
    public func kill() { signal(SIGKILL) }

    /// Halts all its processes: connections stay open and nobody answers.
    public func pause() { signal(SIGSTOP) }

    /// Ends `pause`.
    public func resume() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        let text = (try? String(contentsOfFile: folder + "/pid", encoding: .utf8)) ?? ""
        guard let server = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            return
        }
        let path = "/proc/\(server)/task/\(server)/children"
        let children = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        // The postmaster first: it must not notice that the others end.
        for process in [server] + children.split(separator: " ").compactMap({ pid_t($0) }) {
            Glibc.kill(process, number)
        }
    }

    /// Makes an empty database and tells its address.
    public func newDatabase() throws -> String {
        let number = lock.withLock {
            databases += 1
            return databases
        }
        try run("CREATE DATABASE t\(number)", in: "postgres")
        return address(of: "t\(number)")
    }

    /// The address of a database.
    public func address(of database: String) -> String {
        let allowed = CharacterSet.alphanumerics.subtracting(CharacterSet(charactersIn: "é"))
        let secret = password.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        return "postgres://\(user):\(secret)@127.0.0.1:\(port)/\(database)"
    }

    /// Runs SQL with the server's own client and returns what it prints.
    @discardableResult
    public func run(_ sql: String, in database: String) throws -> String {
        let tool = try Tool(
            "psql",
            [
                "-h", "127.0.0.1", "-p", "\(port)", "-U", user, "-d", database, "-X", "-A", "-t",
                "-v", "ON_ERROR_STOP=1", "-c", sql,
            ], environment: ["PGPASSWORD": password])
        guard tool.code == 0 else { throw Failure(description: tool.error) }
        return tool.output.trimmingCharacters(in: .newlines)
    }

    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(socket, pointer, size) == 0
                    ? getsockname(socket, pointer, &size) : -1
            }
        }
        guard code == 0 else { throw Failure(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Lives as long as its input is open, so that no server outlives the tests, however they end.
    /// The server refuses to run as root and gets its own user then.
    private static let guardian = #"""
        folder=$1 programs=$2 port=$3 user=$4 method=$5 certificates=$6
        mkdir -m 755 "$folder" && mkdir -m 700 "$folder/data" || exit 1
        as=()
        if [ "$(id -u)" -eq 0 ]; then
            as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
            chown postgres "$folder/data"
        fi
        (umask 077; printf '%s\n' "$PGPASSWORD" >"$folder/password")
        [ ${#as[@]} -eq 0 ] || chown postgres "$folder/password"
        tls=()
        if [ -n "$certificates" ]; then
            (umask 077; cp "$certificates"/server.{crt,key} "$folder")
            [ ${#as[@]} -eq 0 ] || chown postgres "$folder"/server.{crt,key}
            tls=(-c ssl=on -c "ssl_cert_file=$folder/server.crt" -c "ssl_key_file=$folder/server.key")
        fi
        encryption=scram-sha-256
        [ "$method" != md5 ] || encryption=md5
        "${as[@]}" "$programs/initdb" -D "$folder/data" -U "$user" --pwfile="$folder/password" \
            --auth="$method" --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1
        server=
        while read -r command; do
            answer=failed
            # Backends of a server that was killed may hold its memory a little longer.
            for turn in {1..50}; do
                said=$(wc -l <"$folder/log")
                exec {log}>>"$folder/log"
                env -u PGPASSWORD "${as[@]}" "$programs/postgres" -D "$folder/data" -p "$port" \
                    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
                    -c password_encryption="$encryption" "${tls[@]}" -c max_connections=60 \
                    -c shared_buffers=16MB -c autovacuum=off </dev/null >&"$log" 2>&1 &
                server=$!
                echo "$server" >"$folder/pid"
                exec {log}>&-
                for attempt in {1..600}; do
                    kill -0 "$server" 2>/dev/null || break
                    if "$programs/psql" -h 127.0.0.1 -p "$port" -U "$user" -d postgres -X -q \
                        -c 'SELECT 1' >/dev/null 2>&1; then
                        answer=ready
                        break
                    fi
                    sleep 0.1
                done
                [ "$answer" = failed ] || break
                tail -n "+$((said + 1))" "$folder/log" | grep -q 'still in use' || break
                sleep 0.1
            done
            echo "$answer"
        done
        kill -QUIT "$server" 2>/dev/null
        for attempt in {1..50}; do
            kill -0 "$server" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$server" 2>/dev/null
        rm -rf "$folder"
        """#
}
