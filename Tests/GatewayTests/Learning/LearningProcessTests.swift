import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import Gatehouse

/// The program: what it learned outlives its death, and can be looked at while it runs.
@Suite(.enabled(if: GateProcess.program != nil, "the gatehouse program is not built"))
struct LearningProcessTests {
    private static func text(_ upstream: TestUpstream) -> String {
        FaultGate.configuration(
            servers: [upstream.port],
            extra: "validation: { requests: learn, learn-min-requests: 3 }")
    }

    private func openAPI(_ arguments: String..., in folder: URL) throws -> Tool {
        // A program by its path, which `Tool` does not take.
        let program = try #require(GateProcess.program)
        return try Tool("env", [program, "openapi"] + arguments, in: folder.path)
    }

    private func learn(_ gate: GateProcess, _ path: String, in folder: URL) throws {
        for _ in 0..<4 { #expect(try gate.get(path).status == 200) }
        #expect(
            eventually {
                guard let tool = try? openAPI("propose", in: folder) else { return false }
                return tool.output.contains("\n  \(path):")
            })
    }

    @Test func `keeps what it learned when it is killed, and forgets it when told to`() throws {
        let upstream = try TestUpstream()
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try GateProcess(Self.text(upstream), in: folder)
        #expect(first.isServing())
        try learn(first, "/orders", in: folder)
        first.signal(SIGKILL)
        _ = first.exitCode()

        let second = try GateProcess(Self.text(upstream), in: folder)
        #expect(second.isServing())
        try learn(second, "/carts", in: folder)
        let both = try openAPI("propose", "--format", "json", in: folder)
        #expect(
            both.code == 0 && both.output.contains("\"/orders\"") && both.output.contains("/carts"))

        let path = folder.path + "/learned.yaml"
        #expect(try openAPI("propose", "--output", path, in: folder).code == 0)
        let same = try openAPI("diff", path, in: folder)
        #expect(same.code == 0, "\(same.output)\(same.error)")
        try learn(second, "/bills", in: folder)
        let more = try openAPI("diff", path, "--json", in: folder)
        #expect(more.code == 1 && more.output.contains("\"GET /bills\""), "\(more.output)")
        #expect(try openAPI("diff", in: folder).code == 2)
        #expect(try openAPI("diff", folder.path + "/none.yaml", in: folder).code == 2)
        #expect(try openAPI("propose", "--min-requests", "0", in: folder).code == 2)

        #expect(try openAPI("reset", in: folder).output == "forgotten\n")
        #expect(try openAPI("propose", in: folder).code == 2)
        try learn(second, "/new", in: folder)
        let fresh = try openAPI("propose", in: folder)
        #expect(fresh.output.contains("/new:") && !fresh.output.contains("/orders:"))
        second.signal(SIGTERM)
        #expect(second.exitCode() == 0)
    }

    @Test func `refuses a file that was damaged, keeps it aside, and says so`() throws {
        let upstream = try TestUpstream()
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try GateProcess(Self.text(upstream), in: folder)
        #expect(first.isServing())
        try learn(first, "/orders", in: folder)
        first.signal(SIGTERM)
        #expect(first.exitCode() == 0)
        let file = folder.appendingPathComponent("data/openapi-learned.json")
        var bytes = try Data(contentsOf: file)
        let place = try #require(bytes.firstRange(of: Data("orders".utf8)))
        bytes.replaceSubrange(place, with: Data("others".utf8))
        try bytes.write(to: file)
        let refused = try openAPI("propose", in: folder)
        #expect(
            refused.code == 2 && refused.error.contains("refused: its hash"), "\(refused.error)")
        #expect(try Data(contentsOf: file) == bytes)

        let second = try GateProcess(Self.text(upstream), in: folder)
        #expect(second.isServing())
        #expect(eventually { second.log.contains("openapi.learned_broken") })
        try learn(second, "/carts", in: folder)
        let data = folder.path + "/data"
        let aside = try FileManager.default.contentsOfDirectory(atPath: data).first {
            $0.hasPrefix("openapi-learned.json.broken-")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: data + "/" + #require(aside))) == bytes)
        second.signal(SIGTERM)
        #expect(second.exitCode() == 0)
    }
}

/// Files that nobody of ours wrote.
@Suite struct LearnedFileTests {
    @Test func `refuses every file with a bit, a byte or an end that is not its own`() throws {
        let bytes = LearnedFile.bytes(of: LearnedFile.Content())
        guard case .content = LearnedFile.read(bytes) else {
            Issue.record("its own file is refused")
            return
        }
        var count = 0
        for place in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= 1 << UInt8(bit)
                guard case .broken = LearnedFile.read(changed) else {
                    Issue.record("taken with bit \(bit) of byte \(place) changed")
                    continue
                }
                count += 1
            }
            guard case .broken = LearnedFile.read(Array(bytes[..<place])) else {
                Issue.record("taken when cut at \(place)")
                continue
            }
            count += 1
        }
        print("learned file: \(count) damaged files refused")
    }
}
