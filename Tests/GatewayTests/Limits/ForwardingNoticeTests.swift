import Foundation
import TestSupport
import Testing

/// A proxy that the configuration forgot is told of once.
@Suite(.enabled(if: StartedProgram.built("gatehouse") != nil, "the program is not built"))
struct ForwardingNoticeTests {
    private func notices(_ more: String) throws -> Int {
        let folder = try ScratchFolder()
        try folder.write(
            """
            listeners: [{ address: "127.0.0.1:0", protocol: http }]
            admin: { enabled: false }
            routes: [{ path: /, methods: [GET], access: anyone, respond: {} }]
            \(more)
            """, "gatehouse.yml")
        let gate = try StartedProgram(
            try #require(StartedProgram.built("gatehouse")),
            ["run", "--config", folder.path + "/gatehouse.yml"], in: folder.path)
        let port = try gate.port(of: "http")
        for fields in ["", "X-Forwarded-For: 203.0.113.9\r\n", "Forwarded: for=203.0.113.9\r\n"] {
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n")
            #expect(client.message() != nil)
        }
        gate.stop()
        return gate.error.components(separatedBy: "proxy.not_trusted").count - 1
    }

    @Test func `forwarding fields that nobody may send are told of once, in the log`() throws {
        #expect(try notices("") == 1)
        #expect(try notices("trusted-proxies: [127.0.0.0/8]") == 0)
    }
}
