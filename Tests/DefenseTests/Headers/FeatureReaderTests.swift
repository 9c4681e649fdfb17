@testable import GatehouseDefense
import Testing

@Suite struct FeatureReaderTests {
    private func read(_ text: String) -> [String]? {
        var reader = FeatureReader(text)
        return reader.features()?.map { "\($0.name)=\($0.allowlist.text)" }
    }

    @Test(arguments: [
        "camera", "camera=", "camera=(", "camera=(self", "camera=()x", "camera=(),", ",camera=()",
        "1camera=()", "camera=(\"a)", "camera=(\"a\\\"b\")", "camera=(\"a\"\"b\")",
        "camera=selfish",
        "camera=(none)", "camera=() usb=()", "=()", "camera=(self);report-to=x",
    ])
    func `refuses what is no dictionary of allowlists (RFC 9651)`(text: String) {
        #expect(read(text) == nil)
    }

    @Test func `stops at its bound`() {
        let many = (0...FeatureReader.featuresMax).map { "f\($0)=()" }.joined(separator: ",")
        #expect(read(many) == nil)
    }

    @Test(arguments: [
        ("", []), ("  ", []), ("camera=()", ["camera=()"]), ("camera=( self )", ["camera=(self)"]),
        ("camera=*,usb=self", ["camera=*", "usb=(self)"]), ("camera=(*)", ["camera=*"]),
        ("camera=() ,\tcamera=*", ["camera=*"]),
        ("camera=(\"https://a.example\" self)", ["camera=(self \"https://a.example\")"]),
    ])
    func `reads allowlists; the last member of a name counts`(text: String, features: [String]) {
        #expect(read(text) == features)
    }
}
