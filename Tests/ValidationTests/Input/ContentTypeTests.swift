import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct ContentTypeTests {
    private func read(_ text: String) -> ContentType? {
        let bytes = Array(text.utf8)
        return ContentType(bytes.raw)
    }

    @Test(arguments: [
        "", "json", "application/", "/json", "application json", "application/json,text/html",
        "application/json; charset", "application/json; charset=", "application/json charset=utf-8",
        "application/json; charset=utf-8; charset=utf-16", "application/json; charset=\"utf",
        "application/json; charset=\"u\\\"tf\"", "application/json;=x", "application/jsön",
        "application/json\u{0}",
    ])
    func `refuses what is no media type, or two`(_ text: String) { #expect(read(text) == nil) }

    @Test func `reads type and parameters in any case`() {
        #expect(read("Application/JSON ; Charset=\"UTF-8\"")?.essence == "application/json")
        #expect(read("application/json;charset=UTF-8")?.charset == "utf-8")
        #expect(read("multipart/form-data; boundary=\"a b\"")?.boundary == "a b")
        #expect(read("application/problem+json")?.isJSON == true)
        #expect(read("text/json+x")?.isJSON == false)
        #expect(read("application/json;")?.essence == "application/json")
    }

    @Test func `fits patterns as people mean them`() throws {
        let json = try #require(read("application/merge-patch+json"))
        #expect(json.matches("application/*+json") && json.matches("*/*"))
        #expect(json.matches("application/*") && !json.matches("application/json"))
        #expect(!json.matches("text/*") && !json.matches("application/*+xml"))
    }
}
