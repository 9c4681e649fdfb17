import Foundation
import TestSupport
import Testing

@testable import Gatehouse

/// Where the built program is: beside the test bundle, or else in the package's debug folder.
private enum Program {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    static let path: String? = {
        let bundles = CommandLine.arguments.compactMap { argument -> String? in
            guard let range = argument.range(of: "/[^/]*\\.xctest", options: .regularExpression)
            else { return nil }
            return String(argument[..<range.lowerBound])
        }
        return (bundles + [root + "/.build/debug"]).map { $0 + "/gatehouse" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()
}

/// The built program: what it prints, and its exit codes.
@Suite(.enabled(if: Program.path != nil, "the gatehouse program is not built"))
struct CommandLineTests {

    struct Result {
        let code: Int32
        let output: String
        let error: String
    }

    /// Runs the program in `folder`; its output is small enough for the pipes' buffers.
    private func run(
        _ arguments: String..., in folder: String = "/", environment: [String: String] = [:]
    ) throws -> Result {
        try run(all: arguments, in: folder, environment: environment)
    }

    private func run(
        all arguments: [String], in folder: String = "/", environment: [String: String] = [:]
    ) throws -> Result {
        let process = ChildProcess()
        process.executableURL = URL(fileURLWithPath: try #require(Program.path))
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = environment
        let (output, error) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = error
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        let complained = try error.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Result(
            code: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
            error: String(decoding: complained, as: UTF8.self))
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("gatehouse-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func write(_ text: String, _ path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test(arguments: [
        (["chek"], "error: no command `chek`\n  = help: did you mean `gatehouse check`?\n"),
        (
            ["--verson"],
            "error: no option `--verson`\n  = help: did you mean `gatehouse --version`?\n"
        ),
        (
            ["wibble"],
            "error: no command `wibble`\n  = help: commands are run, check, init, user, key, "
                + "token, access, openapi, limits, block, breach, backup, completions\n"
        ),
        (
            ["check", "--confg", "x"],
            "error: `check` has no option `--confg`\n  = help: did you mean `--config`?\n"
        ),
        (
            ["check", "-config", "x"],
            "error: `check` has no option `-config`\n  = help: did you mean `--config`?\n"
        ),
        (["check", "--config"], "error: `--config` needs a value\n  = help: --config FILE\n"),
        (
            ["check", "--config", "--strict"],
            "error: `--config` needs a value\n  = help: --config FILE\n"
        ),
        (["check", "--config="], "error: `--config` needs a value\n  = help: --config FILE\n"),
        (
            ["check", "--strict=yes"],
            "error: `--strict` takes no value\n  = help: `gatehouse "
                + "check --help` shows what it takes\n"
        ),
        (
            ["check", "--config", "a", "--config", "b"],
            "error: `--config` is given twice\n  = help: `gatehouse "
                + "check --help` shows what it takes\n"
        ),
        (
            ["check", "extra"],
            "error: `check` does not take `extra`\n  = help: `gatehouse "
                + "check --help` shows what it takes\n"
        ),
        (
            ["completions"],
            "error: `completions` needs SHELL\n  = help: one of bash, zsh, fish\n"
        ),
        (
            ["completions", "bahs"],
            "error: `bahs` is not one of bash, zsh, fish\n  = help: did you mean `bash`?\n"
        ),
        (
            ["run", "--config", "a.yml", "--upstream", "http://127.0.0.1:1"],
            "error: `--upstream` is for a first try without a file\n"
                + "  = help: write it into a.yml, or leave `--config` out\n"
        ),
        (
            ["run", "--upstream", "127.0.0.1:1", "--data", "/nonexistent/x"],
            "error: --upstream: found `127.0.0.1:1`, expected an address "
                + "such as `http://127.0.0.1:3000`"
                + " or `https://api.internal:8443`; begin with `http://` or `https://`\n"
        ),
    ])
    func `refuses with exit code 2`(_ arguments: [String], _ error: String) throws {
        let result = try run(all: arguments)
        #expect(result.code == 2)
        #expect(result.error == error)
        #expect(result.output.isEmpty)
    }

    @Test func `without a command shows help and exits with 2`() throws {
        let result = try run()
        #expect(result.code == 2 && result.output.isEmpty)
        #expect(result.error.hasPrefix("gatehouse: protects an API.\n"))
    }

    @Test func `check refuses a wrong file with exit code 2 and names the line`() throws {
        try withFolder { folder in
            try write("hosts: [localhost]\nrotues: []\n", folder + "/gatehouse.yml")
            let result = try run("check", in: folder)
            #expect(result.code == 2 && result.output.isEmpty)
            #expect(result.error.contains("--> gatehouse.yml:2:1 (rotues)"))
            #expect(result.error.contains("help: did you mean `routes`?"))
            let served = try run("run", in: folder)
            #expect(served.code == 2 && served.error == result.error)
        }
        let missing = try run("check", "--config", "/nonexistent.yml")
        #expect(missing.code == 2)
        #expect(missing.error.contains("found: no such file"))
    }

    @Test func `init writes a starter that check takes, and never overwrites`() throws {
        try withFolder { folder in
            let made = try run("init", in: folder)
            #expect(made.code == 0 && made.error.isEmpty)
            #expect(made.output.hasPrefix("wrote ./gatehouse.yml\nwrote ./token.secret\n"))
            let checked = try run("check", in: folder)
            #expect(checked.code == 0)
            #expect(checked.output.contains("gatehouse.yml is valid"))
            let strict = try run("check", "--strict", in: folder)
            #expect(strict.code == 1 && strict.error.hasSuffix("1 warning\n"))
            let secret = try String(contentsOfFile: folder + "/token.secret", encoding: .utf8)
            let again = try run("init", in: folder)
            #expect(again.code == 1)
            #expect(
                again.error == "error: ./gatehouse.yml: is there already and is not overwritten\n")
            try FileManager.default.removeItem(atPath: folder + "/gatehouse.yml")
            let kept = try run("init", ".", in: folder)
            #expect(kept.output.hasPrefix("wrote ./gatehouse.yml\nName"))
            #expect(try String(contentsOfFile: folder + "/token.secret", encoding: .utf8) == secret)
            #expect(!(checked.output + checked.error + strict.error).contains(secret.dropLast()))
            let below = try run("init", "new", in: folder)
            #expect(below.code == 0)
            #expect(try run("check", "--config", "new/gatehouse.yml", in: folder).code == 0)
        }
    }

    @Test func `check shows the effective routes as a table`() throws {
        try withFolder { folder in
            try write(Self.example, folder + "/gatehouse.yml")
            let result = try run("check", "--config=gatehouse.yml", in: folder)
            #expect(result.code == 0)
            #expect(result.output == Self.table)
        }
    }

    private static let example = """
        hosts: [api.example.com]
        http: { body-max: 512KiB }
        upstreams: { api: { servers: [http://127.0.0.1:3000] } }
        limits:
          - { name: default, quota: 1, window: 1m }
          - { name: auth, quota: 1, window: 1m, applies: [/auth/] }
          - { name: writes, quota: 1, window: 1m, applies: named }
        routes:
          - { path: /auth/login, methods: [POST], access: anyone, respond: { status: 501 } }
          - { path: "/items/{id}", methods: [GET, HEAD], access: anyone, upstream: api, timeout: 1500ms }
          - { path: /*, methods: all, access: anyone, hosts: [api.example.com], upstream: api,
              limits: [writes], body-max: 1MiB }

        """

    private static let table = """
        gatehouse.yml is valid.

        https on 127.0.0.1:8443
        redirect on 127.0.0.1:8080
        admin on 127.0.0.1:9090

        METHODS   PATH         HOSTS            ACCESS  LIMITS                 BODY-MAX  TIMEOUT  UPSTREAM
        POST      /auth/login  all              anyone  default,auth           512KiB    30s      (answers 501)
        GET,HEAD  /items/{id}  all              anyone  default                512KiB    1500ms   api
        all       /*           api.example.com  anyone  default,writes,(auth)  1MiB      30s      api

        """

    @Test(
        arguments: [
            "run", "check", "init", "user", "key", "token", "access", "openapi", "limits",
            "block", "breach", "backup", "completions",
        ])
    func `every option stands in help, in the manual and in the completions`(_ command: String)
        throws
    {
        let help = try run(command, "--help")
        #expect(help.code == 0 && help.error.isEmpty)
        #expect(try run("help", command).output == help.output)
        #expect(try run(command, "-h").output == help.output)
        let manual = try String(
            contentsOfFile: Program.root + "/packaging/gatehouse.8", encoding: .utf8)
        let scripts = try ["bash", "zsh", "fish"].map { try run("completions", $0).output }
        for script in scripts { #expect(script.contains(command)) }
        for word in help.output.split(whereSeparator: \.isWhitespace) where word.hasPrefix("--") {
            let name = word.dropFirst(2).prefix { $0.isLetter || $0 == "-" }
            #expect(manual.contains("Fl -\(name)"), "\(name)")
            for script in scripts {
                #expect(script.contains("--\(name)") || script.contains("-l \(name)"), "\(name)")
            }
        }
    }

    @Test func `the bash completion is a script that bash takes`() throws {
        let bash = ChildProcess()
        bash.executableURL = URL(fileURLWithPath: "/bin/bash")
        let script =
            try run("completions", "bash").output + """

                COMP_WORDS=(gatehouse check --st); COMP_CWORD=2; _gatehouse; echo "${COMPREPLY[@]}"
                COMP_WORDS=(gatehouse co); COMP_CWORD=1; _gatehouse; echo "${COMPREPLY[@]}"
                COMP_WORDS=(gatehouse completions ""); COMP_CWORD=2; _gatehouse; echo "${COMPREPLY[@]}"
                """
        bash.arguments = ["-euc", script]
        let output = Pipe()
        bash.standardOutput = output
        try bash.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        bash.waitUntilExit()
        #expect(bash.terminationStatus == 0)
        #expect(
            String(decoding: said, as: UTF8.self)
                == "--strict\ncompletions\nbash zsh fish --help\n")
    }

    @Test func `an account can be made before the gate ever ran, and stands in the list`() throws {
        try withFolder { folder in
            let starter = try run("init", in: folder)
            #expect(starter.code == 0, "\(starter.error)")
            let file = folder + "/gatehouse.yml"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try write(text + "\naccounts: {}\n", file)
            let added = try run(
                "user", "add", "ada@example.com", "--roles", "admin", in: folder)
            #expect(added.code == 0, "\(added.error)")
            let twice = try run("user", "add", "ada@example.com", in: folder)
            #expect(twice.code != 0)
            let listed = try run("user", "list", in: folder)
            #expect(listed.code == 0 && listed.output.contains("ada@example.com"))
        }
    }

    @Test func `shows its version`() throws {
        let result = try run("--version")
        #expect(result.code == 0 && result.error.isEmpty)
        #expect(result.output.wholeMatch(of: /gatehouse [0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
    }

    @Test func `writes no colour where nobody sees it`() throws {
        for environment in [[:], ["TERM": "xterm-256color"], ["NO_COLOR": "1"]] {
            let result = try run("chek", environment: environment)
            #expect(!result.error.contains("\u{1B}"))
        }
    }
}
