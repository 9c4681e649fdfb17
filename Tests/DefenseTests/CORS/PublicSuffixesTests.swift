import Foundation
@testable import GatehouseDefense
import Testing

@Suite struct PublicSuffixesTests {
    @Test(arguments: [
        "com", "uk", "localhost", "co.uk", "org.uk", "com.br", "co.jp", "ac.at", "github.io",
        "vercel.app", "herokuapp.com", "pages.dev", "s3.amazonaws.com", "web.core.windows.net",
    ])
    func `names of strangers are public without any list`(host: String) {
        #expect(PublicSuffixes(listAt: nil).contains(host))
    }

    @Test(arguments: ["example.com", "example.co.uk", "co.example", "me.github.io", "bbc.uk"])
    func `registered names are not`(host: String) {
        #expect(!PublicSuffixes(listAt: nil).contains(host))
    }

    @Test func `a list on the machine refuses more, and exceptions hold`() throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("suffixes-\(UUID().uuidString)")
        try Data("// comment\nstrange.example\n*.ck\n!www.ck\nlast.example".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let suffixes = PublicSuffixes(listAt: file.path)
        #expect(suffixes.contains("strange.example") && suffixes.contains("last.example"))
        #expect(suffixes.contains("any.ck") && !suffixes.contains("www.ck"))
        #expect(!suffixes.contains("other.example"))
    }

    @Test func `a list that is not there changes nothing`() {
        #expect(!PublicSuffixes(listAt: "/nonexistent/list").contains("example.com"))
    }
}
