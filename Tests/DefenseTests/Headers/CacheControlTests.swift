import GatehouseDefense
import Testing

@Suite struct CacheControlTests {
    @Test(arguments: [
        ("public, private", "contradict"), ("no-store, max-age=60", "contradict"),
        ("no-store, public", "contradict"), ("no-store, no-cache", "contradict"),
        ("private, s-maxage=5", "shared caches"), ("no-cache, immutable", "contradict"),
        ("must-revalidate, stale-if-error=5", "forbids"), ("must-understand", "needs no-store"),
        ("max-age=-5", "expected a directive"), ("max-age", "expected a directive"),
        ("max-age=1.5", "expected a directive"), ("no-sotre", "expected a directive"),
        ("max-age=1, max-age=2", "stands twice"), ("", "expected a directive"),
        ("no-store=1", "expected a directive"),
    ])
    func `refuses what caches ignore or can't obey`(value: String, advice: String) {
        let why = refusal { _ = try CacheControl(parsing: value) }
        #expect(why?.contains(advice) == true, "\(why ?? "accepted")")
    }

    @Test func `refuses fractions of seconds and an empty list`() {
        #expect(refusal { _ = try CacheControl([.maxAge(.milliseconds(1_500))]) } != nil)
        #expect(refusal { _ = try CacheControl([]) } != nil)
    }

    @Test func `renders directives`() throws {
        #expect(CacheControl.noStore.value == "no-store")
        #expect(try CacheControl(parsing: "no-store, max-age=0").value == "no-store, max-age=0")
        let header = try CacheControl([.maxAge(.seconds(60)), .public, .immutable])
        #expect(header.value == "public, immutable, max-age=60")
    }

    @Test(arguments: [
        ("no-store", ["public, max-age=3600"], "no-store"),
        ("public, max-age=60", ["no-store"], "no-store"),
        ("private", ["public, max-age=60"], "private, max-age=60"),
        ("public, max-age=60", ["public", "max-age=30"], "public, max-age=30"),
        ("public, immutable", ["public"], "public"),
        ("max-age=60, stale-if-error=9", ["must-revalidate"], "must-revalidate, max-age=60"),
        ("private", ["s-maxage=60"], "private"),
        ("max-age=60", ["nonsense, max-age=x"], "max-age=60"),
        ("no-cache", ["private=\"x-id\""], "no-cache, private"),
        ("no-store", ["no-transform"], "no-store, no-transform"),
    ])
    func `the narrower audience, the shorter life and every demand win`(
        ours: String, theirs: [String], sent: String
    ) throws {
        #expect(try CacheControl(parsing: ours).strictest(with: theirs) == [sent])
    }
}
