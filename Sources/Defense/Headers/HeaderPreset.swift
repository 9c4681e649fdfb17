import GatehouseCore
import GatehouseHTTP

/// The two sets of headers before anybody overrides them.
enum HeaderPreset {
    /// For JSON and everything that is no page: the OWASP REST Security Cheat Sheet's list. Nothing
    /// may be loaded, framed, kept or guessed. Headers that only documents obey are left out; they
    /// would cost every answer bytes that no browser reads.
    static func api() throws(ConfigurationError) -> [any SecurityHeader] {
        [
            try ContentSecurityPolicy([
                .init(.defaultSource, [.none]), .init(.frameAncestors, [.none]),
            ]),
            CacheControl.noStore,
            XContentTypeOptions(),
            try StrictTransportSecurity(),
            CrossOriginResourcePolicy(.sameOrigin),
            XFrameOptions(.deny),
            ReferrerPolicy(.noReferrer),
        ]
    }

    /// For pages: helmet's headers, stricter where a page can live with it.
    ///
    /// - No `'unsafe-inline'` and no `https:` wildcards: inline styles leak secrets by selectors,
    ///   and any https host is anybody's host (PITFALLS 82).
    /// - No `upgrade-insecure-requests`: `'self'` allows no foreign http address anyway, HSTS
    ///   upgrades our own, and over plain HTTP on a local network it breaks every page.
    /// - `same-origin` in place of `no-referrer`: other sites learn as little, but form posts
    ///   keep their `Origin`, which checks against forged requests need (Fetch, section 3.2).
    /// - `Permissions-Policy` and `no-store`, which helmet lacks (PITFALLS 86).
    static func page() throws(ConfigurationError) -> [any SecurityHeader] {
        [
            try pagePolicy(),
            CacheControl.noStore,
            XContentTypeOptions(),
            try StrictTransportSecurity(),
            CrossOriginOpenerPolicy(.sameOrigin),
            CrossOriginResourcePolicy(.sameOrigin),
            OriginAgentCluster(.originKeyed),
            try PermissionsPolicy.denying(deniedFeatures),
            ReferrerPolicy(.sameOrigin),
            XDNSPrefetchControl(.off),
            XDownloadOptions(),
            XFrameOptions(.sameOrigin),
            XPermittedCrossDomainPolicies(.none),
            XXSSProtection(),
        ]
    }

    private static func pagePolicy() throws(ConfigurationError) -> ContentSecurityPolicy {
        try ContentSecurityPolicy([
            .init(.defaultSource, [.self]),
            .init(.baseURI, [.self]),
            .init(.fontSource, [.self, .scheme("data:")]),
            .init(.formAction, [.self]),
            .init(.frameAncestors, [.self]),
            .init(.imageSource, [.self, .scheme("data:")]),
            .init(.objectSource, [.none]),
            .init(.scriptSource, [.self]),
            .init(.scriptSourceAttribute, [.none]),
            .init(.styleSource, [.self]),
        ])
    }

    /// Features that ask for a device, a secret or a person's attention.
    private static let deniedFeatures = [
        "accelerometer", "bluetooth", "browsing-topics", "camera", "display-capture", "gamepad",
        "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer",
        "microphone", "midi", "payment", "screen-wake-lock", "serial", "usb",
        "xr-spatial-tracking",
    ]

    /// Refuses headers that contradict each other.
    static func validate(
        _ headers: [any SecurityHeader], _ preset: String
    ) throws(ConfigurationError) {
        try validateFraming(headers, preset)
        try validateReports(headers, preset)
    }

    /// Browsers that know `frame-ancestors` ignore X-Frame-Options, the others know only that: both
    /// must say the same.
    private static func validateFraming(
        _ headers: [any SecurityHeader], _ preset: String
    ) throws(ConfigurationError) {
        var frame: XFrameOptions.Policy?
        var ancestors: [String]?
        for header in headers {
            if let header = header as? XFrameOptions { frame = header.policy }
            if let header = header as? ContentSecurityPolicy, header.mode == .enforced {
                ancestors = header.words(of: .frameAncestors)
            }
        }
        guard let frame, let ancestors else { return }
        let expected = frame == .deny ? ["'none'"] : ["'self'"]
        guard ancestors != expected else { return }
        throw .invalid(
            "\(preset) X-Frame-Options",
            "\(frame.rawValue) contradicts frame-ancestors \(ancestors.joined(separator: " ")): "
                + "make them agree, or switch X-Frame-Options off")
    }

    private static func validateReports(
        _ headers: [any SecurityHeader], _ preset: String
    ) throws(ConfigurationError) {
        var groups: [String] = []
        for case let header as ReportingEndpoints in headers { groups += header.groups }
        for case let header as ContentSecurityPolicy in headers {
            guard let group = header.words(of: .reportTo)?.first, !groups.contains(group) else {
                continue
            }
            throw .invalid(
                "\(preset) \(header.name) report-to",
                "\(group) is not defined; add Reporting-Endpoints: \(group)=\"https://…\"")
        }
    }
}
