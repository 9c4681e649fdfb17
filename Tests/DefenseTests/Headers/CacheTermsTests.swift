@testable import GatehouseDefense
import Testing

@Suite struct CacheTermsTests {
    private func terms(_ text: String) -> CacheTerms {
        var terms = CacheTerms()
        for piece in text.pieces(separatedBy: ",") { _ = terms.take(piece) }
        return terms
    }

    private static let texts = [
        "", "no-store", "no-cache", "private", "public, max-age=60", "max-age=0",
        "public, s-maxage=9, max-age=5", "immutable, public, max-age=99", "must-revalidate",
        "stale-if-error=5, max-age=1", "no-transform, proxy-revalidate",
    ]

    @Test func `refuses what is no directive`() {
        var terms = CacheTerms()
        for piece in ["", "max-age", "max-age=", "max-age=-1", "public=1", "no store", "x"] {
            let taken = terms.take(piece)
            #expect(!taken)
        }
        #expect(terms == CacheTerms())
    }

    @Test(arguments: texts, texts)
    func `the strictest does not depend on who speaks first`(one: String, other: String) {
        let (left, right) = (terms(one), terms(other))
        #expect(left.strictest(right) == right.strictest(left))
        #expect(left.strictest(right).contradiction == nil)
    }

    @Test(arguments: texts)
    func `agreeing changes nothing`(text: String) {
        #expect(terms(text).strictest(terms(text)) == terms(text))
    }
}
