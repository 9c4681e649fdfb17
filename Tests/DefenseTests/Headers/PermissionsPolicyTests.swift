import GatehouseDefense
import Testing

@Suite struct PermissionsPolicyTests {
    @Test(arguments: [
        ("camera 'none'", "Feature-Policy"), ("camera=none", "expected feature"),
        ("camra=()", "know no feature"), ("camera=(), camera=(self)", ""),
        ("camera=(https://a.example)", "expected feature"), ("camera=()\u{1}", "expected"),
        ("camera=(\"http://a.example/\")", "trailing slash"), ("camera=(* self)", "expected"),
        ("camera=(\"https://a.example\" \"https://a.example\")", "stands twice"),
        ("camera=(),", "expected feature"), ("camera=(self\"https://a.example\")", "expected"),
        ("interest-cohort=()", "know no feature"), ("", "names no feature"), ("Camera=()", ""),
    ])
    func `refuses what browsers ignore`(value: String, advice: String) {
        let why = refusal { _ = try PermissionsPolicy(parsing: value) }
        if value == "camera=(), camera=(self)" {
            // RFC 9651 section 4.2.2: the last one counts, so that this is one feature.
            #expect(why == nil)
        } else {
            #expect(why?.contains(advice) == true, "\(why ?? "accepted")")
        }
    }

    @Test func `refuses a feature that stands twice in code`() {
        let why = refusal { _ = try PermissionsPolicy.denying(["camera", "camera"]) }
        #expect(why?.contains("stands twice") == true)
    }

    @Test func `renders structured fields`() throws {
        let header = try PermissionsPolicy([
            ("camera", .nobody), ("fullscreen", .itself), ("autoplay", .everybody),
            ("geolocation", .origins(["https://maps.example"], itself: true)),
        ])
        let text =
            "camera=(), fullscreen=(self), autoplay=*, geolocation=(self \"https://maps.example\")"
        #expect(header.value == text)
        #expect(try PermissionsPolicy(parsing: text).value == text)
        #expect(try PermissionsPolicy(parsing: "fullscreen=self").value == "fullscreen=(self)")
    }

    @Test(arguments: [
        ("camera=(self)", ["camera=()"], "camera=()"),
        ("camera=*", ["camera=(self)"], "camera=(self)"),
        (
            "camera=(self \"https://a.example\")", ["camera=(\"https://a.example\")"],
            "camera=(\"https://a.example\")"
        ),
        ("camera=(\"https://a.example\")", ["camera=(\"https://b.example\")"], "camera=()"),
        ("camera=()", ["usb=(self)", "midi=()"], "camera=(), usb=(self), midi=()"),
        ("camera=()", ["camera 'self'"], "camera=()"),
    ])
    func `who is on both lists may, nobody else`(
        ours: String, theirs: [String], sent: String
    ) throws {
        #expect(try PermissionsPolicy(parsing: ours).strictest(with: theirs) == [sent])
    }
}
