import Foundation
import TestSupport
import Testing

/// The README's tour: each command is run as it stands there, against the built programs, and its
/// output is what the README says.
///
/// `…` in the README stands for any text, and on a line of its own for any lines.
@Suite(
    .enabled(
        if: StartedProgram.built("gatehouse") != nil && StartedProgram.built("Notes") != nil
            && Tool.areInstalled("curl"),
        "the programs are not built, or curl is missing"))
struct TourTests {
    @Test func `the README's tour does what it says`() throws {
        let readme = try String(contentsOfFile: Tool.root + "/README.md", encoding: .utf8)
        let blocks = ReadmeBlock.all(in: readme)
        let tour = try Tour()
        var steps = 0
        for block in blocks {
            switch block.language {
            case "console": steps += try tour.run(block)
            case "yaml": try tour.write(configuration: block.text)
            case "json": try tour.expectInLog(block.text)
            case "swift": try expectInNotes(block.text)
            default: continue
            }
        }
        #expect(steps >= 12)
        print("README: \(steps) commands")
    }

    private func expectInNotes(_ excerpt: String) throws {
        let source = try String(
            contentsOfFile: Tool.root + "/Examples/Notes/main.swift", encoding: .utf8)
        #expect(source.contains(excerpt), "the README's excerpt is not in Examples/Notes")
    }

    @Test func `an output that differs is noticed`() {
        #expect(Wildcard.matches(["a", "…", "d"], ["a", "b", "c", "d"]))
        #expect(Wildcard.matches(["a …c"], ["a b c"]))
        #expect(!Wildcard.matches(["a", "…", "e"], ["a", "b", "c", "d"]))
        #expect(!Wildcard.matches(["a"], ["a", "b"]))
        #expect(!Wildcard.matches(["a … d"], ["a b c"]))
        #expect(!Wildcard.matches(["a…b"], ["ab c"]))
    }
}

/// A fenced block.
struct ReadmeBlock {
    let language: String
    let text: String

    static func all(in readme: String) -> [ReadmeBlock] {
        readme.split(separator: "\n```", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }
            .map { _, block in
                let lines = block.split(
                    separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
                return ReadmeBlock(
                    language: String(lines.first ?? ""), text: String(lines.dropFirst().first ?? "")
                )
            }
    }

    /// Commands (`$ …`, with continuation lines) and the output that follows each.
    var commands: [(command: String, output: [String])] {
        var found: [(command: String, output: [String])] = []
        for line in text.components(separatedBy: "\n") {
            if line.hasPrefix("$ ") {
                found.append((String(line.dropFirst(2)), []))
            } else if let last = found.last, last.command.hasSuffix("\\") {
                found[found.count - 1].command += "\n" + line
            } else if !found.isEmpty {
                found[found.count - 1].output.append(line)
            }
        }
        return found
    }
}

/// Text in which `…` stands for anything.
enum Wildcard {
    static func matches(_ pattern: [String], _ lines: [String]) -> Bool {
        matches(pattern[...], lines[...])
    }

    private static func matches(_ pattern: ArraySlice<String>, _ lines: ArraySlice<String>) -> Bool
    {
        guard let first = pattern.first else { return lines.isEmpty }
        if first == "…" {
            return (lines.startIndex...lines.endIndex).contains {
                matches(pattern.dropFirst(), lines[$0...])
            }
        }
        guard let line = lines.first, matches(first, line) else { return false }
        return matches(pattern.dropFirst(), lines.dropFirst())
    }

    static func matches(_ pattern: String, _ line: String) -> Bool {
        let parts = pattern.components(separatedBy: "…")
        guard parts.count > 1 else { return pattern == line }
        guard line.hasPrefix(parts[0]), line.count >= parts[0].count else { return false }
        var rest = line.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }
}

/// One walk: a folder, a loopback address of its own, and the program that runs at the moment.
///
/// Ports stay as they are in the README, so that its commands run unchanged; curl is told by its
/// own configuration file to take them to this walk's address.
final class Tour {
    private let folder: ScratchFolder
    private let address =
        "127.\(Int.random(in: 64...190)).\(Int.random(in: 0...255))."
        + "\(Int.random(in: 1...254))"
    private let upstream: TestUpstream
    private var server: StartedProgram?
    private var token = ""

    init() throws {
        folder = try ScratchFolder()
        upstream = try TestUpstream()
        var curl = ""
        for (name, port) in [("localhost", 8_443), ("localhost", 8_080), ("127.0.0.1", 9_090)] {
            curl += "connect-to = \"\(name):\(port):\(address):\(port)\"\n"
        }
        try folder.write(curl, ".curlrc")
    }

    /// Runs a block's commands; how many there were.
    func run(_ block: ReadmeBlock) throws -> Int {
        for (command, output) in block.commands { try run(command, output) }
        return block.commands.count
    }

    private func run(_ command: String, _ expected: [String]) throws {
        let text = local(command)
        if text.hasPrefix("make run") || text.hasPrefix("gatehouse run") {
            return try serve(text, expected)
        }
        if text == "swift run Notes" { return try serveNotes() }
        if text.hasPrefix("TOKEN=") {
            // A person copies it from the terminal.
            token = try #require(server).wait(for: "token") { text in
                text.firstMatch(of: /Bearer ([\w.-]+)'/).map { String($0.output.1) }
            }
            return
        }
        let tool = try Tool(
            "bash", ["-c", text], in: folder.path,
            environment: [
                "CURL_HOME": folder.path, "HOME": folder.path, "TOKEN": token, "TERM": "dumb",
                "PATH": programs + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""),
            ])
        compare(command, expected, tool.output + tool.error)
    }

    private var programs: String {
        StartedProgram.built("gatehouse").map {
            String($0.dropLast("/gatehouse".count))
        } ?? ""
    }

    /// An upstream's address in the README becomes that of one that is there.
    private func local(_ text: String) -> String {
        text.replacingOccurrences(of: "127.0.0.1:3000", with: "127.0.0.1:\(upstream.port)")
    }

    private func compare(_ command: String, _ expected: [String], _ output: String) {
        let lines = lines(output)
        let wanted = withoutEmptyEnd(expected.map(local))
        #expect(
            Wildcard.matches(wanted, lines),
            "$ \(command)\n\((["says:"] + lines + ["README:"] + wanted).joined(separator: "\n"))")
    }

    private func lines(_ text: String) -> [String] {
        withoutEmptyEnd(
            text.replacingOccurrences(of: "\r\n", with: "\n").components(separatedBy: "\n"))
    }

    private func withoutEmptyEnd(_ lines: [String]) -> [String] {
        Array(lines.reversed().drop { $0.isEmpty }.reversed())
    }

    // MARK: Servers

    private func serve(_ command: String, _ expected: [String]) throws {
        var arguments = ["run"]
        let isFirstTry = command.contains("UPSTREAM=") || !hasConfiguration
        if !isFirstTry {
            arguments += ["--config", try placed("gatehouse.yml", "")]
        } else {
            arguments += ["--listen", "\(address):8443"]
        }
        if let range = command.range(of: "UPSTREAM=") {
            arguments += ["--upstream", String(command[range.upperBound...])]
        }
        try start("gatehouse", arguments)
        let started = try #require(server).wait(for: "start") { text in
            text.contains("sys_startup") ? text : nil
        }
        let shown = lines(started).filter { !$0.hasPrefix("{") }
        let wanted = withoutEmptyEnd(expected.map(local))
        if !wanted.isEmpty {
            #expect(
                Wildcard.matches(wanted, withoutEmptyEnd(shown)), "$ \(command)\nsays:\n\(started)")
        }
    }

    private var hasConfiguration: Bool {
        FileManager.default.fileExists(atPath: folder.path + "/gatehouse.yml")
    }

    /// The first try of an application, at this walk's address.
    private func serveNotes() throws {
        try folder.write("", "notes.yml")
        let issuer = """
            routes:
              - { path: /robots.txt, methods: [GET], access: anyone, respond: { body: nothing } }
            tokens:
              issuers:
                - issuer: dev
                  audience: dev
                  keys: [{ kid: dev, algorithm: HS256, secret: { file: data/dev-token.secret } }]

            """
        try start("Notes", ["--config", try placed("notes.yml", issuer)])
        _ = try #require(server).port(of: "https")
    }

    /// A configuration with this walk's listeners.
    private func placed(_ name: String, _ more: String) throws -> String {
        let listeners = """

            listeners:
              - { address: "\(address):8443" }
              - { address: "\(address):8080", protocol: redirect }
            admin: { address: "\(address):9090" }

            """
        try folder.write(try folder.text(name) + listeners + more, "placed-" + name)
        return "placed-" + name
    }

    private func start(_ program: String, _ arguments: [String]) throws {
        if let server { #expect(server.stop() == 0) }
        server = try StartedProgram(
            try #require(StartedProgram.built(program)), arguments, in: folder.path)
    }

    func write(configuration: String) throws {
        try folder.write(local(configuration), "gatehouse.yml")
    }

    /// The README's log lines stand in the program's log.
    func expectInLog(_ lines: String) throws {
        let server = try #require(server)
        for wanted in lines.components(separatedBy: "\n") where !wanted.isEmpty {
            _ = try server.wait(for: "log line \(wanted)") { text in
                text.components(separatedBy: "\n").first { Wildcard.matches(wanted, $0) }
            }
        }
    }
}
