import Foundation
import Glibc

/// A real server that speaks MongoDB's protocol (SecantusDB, from the tests' virtual environment),
/// with authentication and, by choice, TLS; gone when the test is.
public final class MongoDBServer: Sendable {
    /// Whether tests with it can run.
    public static let isInstalled = Tool.hasPythonPackage("secantus") && program != nil

    private static var program: String? { Tool.path("secantusd-py") }

    /// Its user, and a password that an address must escape.
    public let user = "gatehouse"
    /// See `user`.
    public let password = "s3cret @:/?#%&+é"
    /// Where it listens.
    public let port: UInt16

    private let folder: ScratchFolder
    private let guardian: FileHandle
    private let process: pid_t

    /// Makes its files and user, and starts it.
    public init(certificate: ServerCertificate? = nil) throws {
        guard let program = Self.program else {
            throw PostgreSQLServer.Failure(description: "SecantusDB is not installed")
        }
        folder = try ScratchFolder()
        let storage = [
            "--storage-path", folder.path + "/data", "--port", "0", "--cache-size", "64M",
        ]
        try Self.addUser(
            user, password, of: try StartedProgram(program, storage, in: folder.path))
        let tls = certificate.map { made in
            [
                "--tls-cert-file", made.folder.path + "/server.crt", "--tls-key-file",
                made.folder.path + "/server.key",
            ]
        }
        let process = ChildProcess()
        let input = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments =
            ["-c", Self.guarding, "guardian", program] + storage + ["--auth"] + (tls ?? [])
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try folder.newFile("log")
        try process.run()
        guardian = input.fileHandleForWriting
        try input.fileHandleForReading.close()
        var found: UInt16?
        var identity: pid_t?
        let log = folder
        _ = try eventually {
            found = Self.port(in: try log.text("log"))
            guard found != nil else { return false }
            identity = pid_t(try log.text("pid").trimmingCharacters(in: .whitespacesAndNewlines))
            return identity != nil
        }
        guard let found, let identity else {
            throw PostgreSQLServer.Failure(description: try folder.text("log"))
        }
        port = found
        self.process = identity
    }

    deinit { try? guardian.close() }

    /// Ends the server when its input is closed, which it is however the tests end.
    private static let guarding =
        #""$@" </dev/null & server=$!; echo "$server" >pid; cat >/dev/null; kill -KILL "$server""#

    /// Halts it: connections stay open and nobody answers. A thread that runs stops a little after
    /// the signal, and could answer once more: waits until all have.
    public func pause() {
        signal(SIGSTOP)
        let tasks = "/proc/\(process)/task"
        _ = eventually {
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
            return !threads.isEmpty
                && threads.allSatisfy { thread in
                    let path = "\(tasks)/\(thread)/stat"
                    let stat = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
                    return stat.split(separator: ")").last?.hasPrefix(" T") == true
                }
        }
    }

    /// Ends `pause`.
    public func resume() { signal(SIGCONT) }

    private func signal(_ number: Int32) { Glibc.kill(process, number) }

    /// An address with its user and password.
    public func address(host: String = "127.0.0.1", _ query: String = "") -> String {
        let allowed = CharacterSet.alphanumerics.subtracting(CharacterSet(charactersIn: "é"))
        let secret = password.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        return "mongodb://\(user):\(secret)@\(host):\(port)/?authSource=admin\(query)"
    }

    private static func port(in text: String) -> UInt16? {
        text.firstMatch(of: /listening on [0-9.]+:(\d+)/).flatMap { UInt16($0.output.1) }
    }

    /// Adds a user to a server that asks for none yet, and ends it.
    private static func addUser(
        _ user: String, _ password: String, of server: consuming StartedProgram
    ) throws {
        let port: UInt16 = try server.wait(for: "port") { Self.port(in: $0) }
        let tool = try Tool(python: [
            "-c",
            """
            import sys, pymongo
            client = pymongo.MongoClient("127.0.0.1", int(sys.argv[1]), directConnection=True)
            client.admin.command("createUser", sys.argv[2], pwd=sys.argv[3], roles=["root"])
            """,
            "\(port)", user, password,
        ])
        guard tool.code == 0 else { throw PostgreSQLServer.Failure(description: tool.error) }
    }
}
