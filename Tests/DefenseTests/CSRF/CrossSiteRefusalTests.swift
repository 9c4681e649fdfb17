import GatehouseCore
import Testing

@testable import GatehouseDefense
@testable import GatehouseHTTP

@Suite struct CrossSiteRefusalTests {
    private static let cookie = "Cookie: __Host-gatehouse-refresh=r"

    private func refusal(_ method: String, _ fields: [String]) -> Rejection? {
        let request = Request()
        let lines = ["\(method) /auth/logout HTTP/1.1", "Host: example.com"] + fields
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        let buffer = Buffer(capacity: 4_096)
        buffer.append(bytes)
        var parser = RequestParser()
        guard (try? parser.parse(buffer, into: request.head)) == true else { return nil }
        request.isSecure = true
        do throws(Rejection) {
            _ = try CrossSiteRefusal().before(request)
            return nil
        } catch { return error }
    }

    private func refusal(_ method: String, _ fields: String...) -> Rejection? {
        refusal(method, fields)
    }

    @Test func `refuses what another site sends with our cookies`() {
        for fields in [
            ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"],
            ["Sec-Fetch-Site: none2"],
            ["Origin: https://evil.example"], ["Origin: null"],
            ["Origin: https://example.com.evil"],
            ["Origin: http://example.com"], ["Origin: https://example.com:8443"], [],
            ["Sec-Fetch-Site: cross-site", "Origin: https://example.com"],
        ] {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let refused = refusal(method, [Self.cookie] + fields)
                #expect(refused?.code == .crossSiteRefused, "\(method) \(fields)")
            }
        }
    }

    @Test func `lets our own pages, reading, and requests without our cookies pass`() {
        #expect(refusal("POST", Self.cookie, "Sec-Fetch-Site: same-origin") == nil)
        #expect(refusal("POST", Self.cookie, "Origin: https://example.com") == nil)
        #expect(refusal("GET", Self.cookie, "Sec-Fetch-Site: cross-site") == nil)
        #expect(refusal("POST", "Sec-Fetch-Site: cross-site") == nil)
        #expect(refusal("POST", "Cookie: other=1", "Origin: https://evil.example") == nil)
    }
}
