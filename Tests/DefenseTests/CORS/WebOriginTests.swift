@testable import GatehouseDefense
import Testing

@Suite struct WebOriginTests {
    @Test func `refusals name the key, the value and the way out`() {
        let why = refusal { _ = try WebOrigin("https://a.example/x", key: "origins") }
        #expect(
            why == "origins: \"https://a.example/x\" has a path or a trailing slash; "
                + "write https://a.example")
    }

    @Test(arguments: [
        "https://a.example", "https://a.example:8443", "http://localhost:3000",
        "https://[::1]:8443",
        "https://127.0.0.1", "https://*.a.example", "https://*.a.example:8443",
        "http://a.example:443",
    ])
    func `is written as it was read`(text: String) throws {
        #expect(try WebOrigin(text, key: "origins").text == text)
    }

    @Test func `knows its parts`() throws {
        let origin = try WebOrigin("https://*.a.example:8443", key: "origins")
        #expect(origin.scheme == "https" && origin.host == "a.example")
        #expect(origin.port == 8_443 && origin.isPattern)
        #expect(try WebOrigin("https://[::1]", key: "origins").host == "[::1]")
    }
}
