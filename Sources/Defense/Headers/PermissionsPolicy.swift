public import GatehouseCore
public import GatehouseHTTP

/// States which powerful features a page and its frames may use (W3C Permissions Policy), as a
/// structured field (RFC 9651).
public struct PermissionsPolicy: SecurityHeader {
    /// Who may use a feature.
    public enum Allowlist: Equatable, Sendable {
        /// Nobody, not even the page: `()`.
        case nobody
        /// The page's own origin: `(self)`.
        case itself
        /// These origins, such as `https://maps.example`, and the page's own if said so.
        case origins([String], itself: Bool)
        /// Everybody: `*`.
        case everybody
    }

    /// `Permissions-Policy`
    public var name: FieldName { .permissionsPolicy }
    /// The rendered value.
    public let value: String
    private let features: [(name: String, allowlist: Allowlist)]

    /// Renders the features once, in order.
    public init(_ features: [(name: String, allowlist: Allowlist)]) throws(ConfigurationError) {
        guard !features.isEmpty else { throw .invalid(Self.key, "names no feature") }
        for feature in features { try Self.validate(feature) }
        if let twice = features.map(\.name).firstDuplicate {
            throw .invalid(Self.key, "\(twice) stands twice; browsers read the last only")
        }
        self.features = features
        value = Self.render(features)
    }

    /// Nobody may use any of these features.
    public static func denying(_ names: [String]) throws(ConfigurationError) -> PermissionsPolicy {
        try PermissionsPolicy(names.map { (name: $0, allowlist: .nobody) })
    }

    /// The header by its text, such as `camera=(), geolocation=(self "https://maps.example")`.
    public init(parsing value: String) throws(ConfigurationError) {
        guard !value.contains("'") else {
            throw .invalid(Self.key, "this is Feature-Policy's spelling; write camera=(self)")
        }
        var reader = FeatureReader(value)
        guard let features = reader.features() else {
            throw .invalid(Self.key, "found \"\(value)\"; expected feature=(self \"https://…\"), …")
        }
        try self.init(features)
    }

    static let key = "Permissions-Policy"

    private static func validate(
        _ feature: (name: String, allowlist: Allowlist)
    ) throws(ConfigurationError) {
        guard Self.knownFeatures.contains(feature.name) else {
            let known = Self.knownFeatures.sorted().joined(separator: ", ")
            throw .invalid(key, "browsers know no feature \"\(feature.name)\"; known: \(known)")
        }
        guard case .origins(let origins, _) = feature.allowlist else { return }
        guard !origins.isEmpty else {
            throw .invalid(key, "\(feature.name) lists no origin; write () or (self)")
        }
        if let twice = origins.firstDuplicate {
            throw .invalid(key, "\(feature.name): \(twice) stands twice; remove one")
        }
        for origin in origins { _ = try WebOrigin(origin, key: "\(key) \(feature.name)") }
    }

    /// One line: a feature that either names, for whom both would let use it. What is no valid
    /// field is ignored by browsers, and here.
    public func strictest(with theirs: [String]) -> [String] {
        var reader = FeatureReader(theirs.joined(separator: ", "))
        guard let others = reader.features() else { return [value] }
        var merged = features
        for other in others {
            if let index = merged.firstIndex(where: { $0.name == other.name }) {
                merged[index].allowlist = merged[index].allowlist.intersection(other.allowlist)
            } else {
                merged.append(other)
            }
        }
        return [Self.render(merged)]
    }

    private static func render(_ features: [(name: String, allowlist: Allowlist)]) -> String {
        features.map { "\($0.name)=\($0.allowlist.text)" }.joined(separator: ", ")
    }

    /// Features of the specifications that browsers implement.
    static let knownFeatures: Set<String> = [
        "accelerometer", "ambient-light-sensor", "attribution-reporting", "autoplay", "bluetooth",
        "browsing-topics", "camera", "captured-surface-control", "clipboard-read",
        "clipboard-write", "compute-pressure", "cross-origin-isolated", "deferred-fetch",
        "deferred-fetch-minimal", "digital-credentials-get", "display-capture", "encrypted-media",
        "fullscreen", "gamepad", "geolocation", "gyroscope", "hid",
        "identity-credentials-get", "idle-detection", "join-ad-interest-group", "keyboard-map",
        "language-detector", "local-fonts", "local-network-access", "magnetometer", "microphone",
        "midi", "on-device-speech-recognition", "otp-credentials", "payment",
        "picture-in-picture", "private-state-token-issuance", "private-state-token-redemption",
        "publickey-credentials-create", "publickey-credentials-get", "run-ad-auction",
        "screen-wake-lock", "serial", "shared-storage", "shared-storage-select-url",
        "speaker-selection", "storage-access", "summarizer", "sync-xhr", "translator", "unload",
        "usb", "web-share", "window-management", "xr-spatial-tracking",
    ]
}

extension PermissionsPolicy.Allowlist {
    var text: String {
        switch self {
        case .nobody: return "()"
        case .itself: return "(self)"
        case .everybody: return "*"
        case .origins(let origins, let itself):
            let words = (itself ? ["self"] : []) + origins.map { "\"\($0)\"" }
            return "(\(words.joined(separator: " ")))"
        }
    }

    /// Who is on both lists.
    func intersection(_ other: Self) -> Self {
        if self == .everybody { return other }
        if other == .everybody { return self }
        let itself = includesItself && other.includesItself
        let common = origins.filter(other.origins.contains)
        if common.isEmpty { return itself ? .itself : .nobody }
        return .origins(common, itself: itself)
    }

    private var includesItself: Bool {
        switch self {
        case .nobody: false
        case .itself, .everybody: true
        case .origins(_, let itself): itself
        }
    }

    private var origins: [String] {
        guard case .origins(let origins, _) = self else { return [] }
        return origins
    }
}
