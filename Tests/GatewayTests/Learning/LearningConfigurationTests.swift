import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import Gatehouse

/// Who learns, and what a configuration must not say of it.
@Suite struct LearningConfigurationTests {
    private static func text(_ validation: String, route: String = "") -> String {
        """
        hosts: [localhost]
        upstreams: { api: { servers: ["http://127.0.0.1:1"] } }
        routes: [{ path: /*, methods: all, access: anyone, upstream: api\(route) }]
        validation: \(validation)

        """
    }

    @Test(arguments: [
        ("{ requests: report }", "", "rules for a document that is not named"),
        ("{ requests: learn, responses: strip }", "", "rules for a document that is not named"),
        ("{ requests: learn, learn-min-clients: 0 }", "", "out of range"),
        (
            "{}", ", validation: { requests: learn, learn-min-clients: 2 }",
            "what is proposed is decided for all routes"
        ),
    ])
    func `refuses rules that no document holds, and what one route cannot decide`(
        _ validation: String, _ route: String, _ part: String
    ) throws {
        do throws(ConfigurationIssues) {
            _ = try Configuration.parse(
                Array(Self.text(validation, route: route).utf8), name: "x", folder: "/")
            Issue.record("taken: \(validation) \(route)")
        } catch { #expect(error.rendered(colored: false).contains(part), "\(error)") }
    }

    @Test func `needs no document to learn, and says that nothing is enforced meanwhile`() throws {
        for (validation, route) in [
            ("{ requests: learn }", ""), ("{}", ", validation: { requests: learn }"),
        ] {
            let file = try Configuration.parse(
                Array(Self.text(validation, route: route).utf8), name: "x", folder: "/")
            #expect(file.configuration.learns)
            #expect(
                file.warnings.contains {
                    $0.rendered(colored: false).contains("while the gate learns")
                })
        }
    }

    @Test func `learns where a route asks for it, and who must show a credential`() throws {
        let folder = try FaultGate.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TestUpstream()
        try TokenMaker.secret.write(
            toFile: folder.path + "/token.secret", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: folder.path + "/token.secret")
        let text = """
            data: ./data
            hosts: [localhost]
            listeners: [{ address: "127.0.0.1:0", protocol: http }]
            admin: { enabled: false }
            limits: []
            server: { loops: 1 }
            log: { level: error, access: off }
            upstreams: { api: { servers: ["http://127.0.0.1:\(upstream.port)"] } }
            \(TokenMaker.issuer)
            routes:
              - { path: /own/*, methods: all, access: signed-in, upstream: api,
                  validation: { requests: learn } }
              - { path: "/own/{file}/pages/*", methods: [GET], access: anyone, upstream: api,
                  validation: { requests: learn } }
              - { path: /*, methods: all, access: anyone, upstream: api }

            """
        let gate = try FaultGate(text, folder: folder)
        for round in 0..<12 {
            let token = try TokenMaker.token("user\(round % 3)")
            for (path, field) in [
                ("/own/notes/\(round)", "Authorization: Bearer \(token)"),
                ("/own/report/pages/\(round)", "X-Plain: 1"), ("/other", "X-Plain: 1"),
            ] {
                let client = try gate.client()
                client.send(FaultGate.request(path, "Connection: close", field))
                #expect(client.receiveAll().status == 200)
            }
            let client = try gate.client()
            client.send(FaultGate.request("/own/stolen/\(round)", "Connection: close"))
            #expect(client.receiveAll().status == 401)
        }
        gate.gateway.stop()
        let configuration = try Configuration.parse(
            Array(text.utf8), name: "x", folder: folder.path
        ).configuration
        var rules = LearnedDocuments(configuration).rules
        rules.clientsMin = 1
        let document = try LearnedDocuments(configuration).proposal(rules).document
        #expect(
            document["paths"]?.members.map(\.name)
                == ["/own/notes/{id}", "/own/{file}/pages/{id}"])
        let yaml = String(decoding: document.yaml(), as: UTF8.self)
        #expect(yaml.ranges(of: "security:").count == 1, "\(yaml)")
        #expect(yaml.contains("      security:\n        - bearer: []"), "\(yaml)")
    }
}
