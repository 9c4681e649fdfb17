import Foundation
import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct RejectionResponderTests {
    private let responder = RejectionResponder()

    private func text(_ response: Response) throws -> String {
        guard case .bytes(let bytes) = response.body else {
            Issue.record("no body")
            return ""
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func document(_ response: Response) throws -> [String: Any] {
        let data = Data(try text(response).utf8)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func `the cause never goes on the wire (PITFALLS 69, 70)`() throws {
        struct Leak: Error { let path = "/srv/secret.swift" }
        let request = browserRequest()
        let refusals = [
            responder.response(
                for: Rejection(500, .internalError, detail: "secret.swift:12"), request: request),
            responder.response(for: Leak(), request: request),
        ]
        for response in refusals {
            #expect(response.status == 500 && response.code == .internalError)
            #expect(!(try text(response)).contains("secret"))
            #expect(response.fields.lines.allSatisfy { !$0.value.contains("secret") })
            #expect(response.detail.contains("secret"))
        }
    }

    @Test func `what a handler throws by accident is 500, bounded in the log (PITFALLS 75)`() {
        struct Huge: Error, CustomStringConvertible {
            var description: String { String(repeating: "x", count: 100_000) }
        }
        let response = responder.response(for: Huge(), request: browserRequest())
        #expect(response.status == 500)
        #expect(response.detail.count == RejectionResponder.detailCharactersMax)
    }

    @Test func `a refusal or a broken body that a handler throws keeps its status (PITFALLS 68)`() {
        let request = browserRequest()
        let refused: any Error = Rejection(409, .conflict, detail: "taken")
        #expect(responder.response(for: refused, request: request).status == 409)
        let broken = responder.response(for: BodyError.tooLarge, request: request)
        #expect(broken.status == 413 && broken.closesConnection)
    }

    @Test(arguments: Rejection.Code.allCases)
    func `every code is a problem document with id (PITFALLS 72, 74, 76)`(
        code: Rejection.Code
    ) throws {
        let request = browserRequest()
        let response = responder.response(
            for: Rejection(418, code, detail: "why"), request: request)
        #expect(response.status == 418 && response.contentType == .problem)
        #expect(response.code == code && response.detail == "why")
        let members = try document(response)
        if let registered = code.registeredType {
            let prefix = "https://iana.org/assignments/http-problem-types#"
            #expect(members["type"] as? String == "\(prefix)\(registered)")
            #expect(members["code"] as? String == code.rawValue)
        } else {
            #expect(members["type"] as? String == "urn:gatehouse:problem:\(code.rawValue)")
        }
        #expect(members["title"] as? String == "\(code.title)")
        #expect(members["status"] as? Int == 418)
        #expect(members["request_id"] as? String == "\(request.id)")
        #expect(members.count == (code.registeredType == nil ? 4 : 5))
    }

    @Test func `what the refusal requires is sent along`() throws {
        var fields = Fields()
        try fields.append(.wwwAuthenticate, "Bearer")
        try fields.append(.retryAfter, "99")
        var rejection = Rejection(401, .tokenMissing, retryAfter: 7, fields: fields)
        rejection.closesConnection = true
        let response = responder.response(for: rejection, request: browserRequest())
        #expect(response.fields.values(of: .retryAfter) == ["7"])
        #expect(response.fields[.wwwAuthenticate] == "Bearer")
        #expect(response.closesConnection)
    }

    @Test func `docs/PROBLEMS.md has a row for every code, with the title that clients read`()
        throws
    {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(
            contentsOf: root.appendingPathComponent("docs/PROBLEMS.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
        #expect(rows.count == Rejection.Code.allCases.count)
        for code in Rejection.Code.allCases {
            let row = rows.first { $0.hasPrefix("| `\(code.rawValue)` |") }
            #expect(row?.contains("| \(code.title) |") == true, "\(code.rawValue)")
        }
    }
}
