public import GatehouseCore
public import GatehouseHTTP

/// What one preset of `ResponseHeaders` does otherwise: headers replaced, added or switched off.
public struct HeaderOverrides: Sendable {
    private(set) var replaced: [any SecurityHeader] = []
    private(set) var removed: [FieldName] = []

    /// Nothing otherwise.
    public init() {}

    /// Overrides as a configuration file gives them; nil switches a header off, so that whatever
    /// an upstream sends goes through untouched.
    /// - Throws: `ConfigurationError` for an unknown name, a name that stands twice, or a value
    ///   that the header's own rules refuse.
    public init(_ values: [(name: String, value: String?)]) throws(ConfigurationError) {
        if let twice = values.map({ $0.name.lowercased() }).firstDuplicate {
            throw .invalid(twice, "stands twice; keep one")
        }
        for (name, value) in values {
            guard let header = KnownSecurityHeader.named(name) else {
                let known = KnownSecurityHeader.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalid(name, "is no security header; expected one of: \(known)")
            }
            if let value {
                replaced.append(try Self.parse(value, as: header, name))
            } else {
                removed.append(header.name)
            }
        }
    }

    /// Names the key as the file does, so that the reader finds its line.
    private static func parse(
        _ value: String, as header: KnownSecurityHeader, _ name: String
    ) throws(ConfigurationError) -> any SecurityHeader {
        do throws(ConfigurationError) {
            return try header.parse(value)
        } catch {
            guard case .invalid(let key, let why) = error else { throw error }
            let part = key.dropFirst(header.rawValue.count)
            throw .invalid(name, part.isEmpty ? why : "\(part.dropFirst()): \(why)")
        }
    }

    /// Sends this header in place of the preset's.
    public mutating func set(_ header: any SecurityHeader) {
        replaced.removeAll { $0.name == header.name }
        removed.removeAll { $0 == header.name }
        replaced.append(header)
    }

    /// Leaves this header to handlers and upstreams.
    public mutating func dangerouslyRemove(_ name: FieldName) {
        replaced.removeAll { $0.name == name }
        removed.removeAll { $0 == name }
        removed.append(name)
    }

    /// `preset` with the overrides in their places, additions at the end.
    func applied(to preset: [any SecurityHeader]) -> [any SecurityHeader] {
        var result = preset.filter { !removed.contains($0.name) }
        for header in replaced {
            if let index = result.firstIndex(where: { $0.name == header.name }) {
                result[index] = header
            } else {
                result.append(header)
            }
        }
        return result
    }
}

/// The headers that a configuration file may name.
enum KnownSecurityHeader: String, CaseIterable {
    case cacheControl = "Cache-Control"
    case clearSiteData = "Clear-Site-Data"
    case contentSecurityPolicy = "Content-Security-Policy"
    case contentSecurityPolicyReportOnly = "Content-Security-Policy-Report-Only"
    case crossOriginEmbedderPolicy = "Cross-Origin-Embedder-Policy"
    case crossOriginOpenerPolicy = "Cross-Origin-Opener-Policy"
    case crossOriginResourcePolicy = "Cross-Origin-Resource-Policy"
    case originAgentCluster = "Origin-Agent-Cluster"
    case permissionsPolicy = "Permissions-Policy"
    case referrerPolicy = "Referrer-Policy"
    case reportingEndpoints = "Reporting-Endpoints"
    case strictTransportSecurity = "Strict-Transport-Security"
    case xContentTypeOptions = "X-Content-Type-Options"
    case xDNSPrefetchControl = "X-DNS-Prefetch-Control"
    case xDownloadOptions = "X-Download-Options"
    case xFrameOptions = "X-Frame-Options"
    case xPermittedCrossDomainPolicies = "X-Permitted-Cross-Domain-Policies"
    case xXSSProtection = "X-XSS-Protection"

    static func named(_ name: String) -> KnownSecurityHeader? {
        allCases.first { $0.rawValue.lowercased() == name.lowercased() }
    }

    var name: FieldName {
        switch self {
        case .cacheControl: .cacheControl
        case .clearSiteData: .clearSiteData
        case .contentSecurityPolicy: .contentSecurityPolicy
        case .contentSecurityPolicyReportOnly: .contentSecurityPolicyReportOnly
        case .crossOriginEmbedderPolicy: .crossOriginEmbedderPolicy
        case .crossOriginOpenerPolicy: .crossOriginOpenerPolicy
        case .crossOriginResourcePolicy: .crossOriginResourcePolicy
        case .originAgentCluster: .originAgentCluster
        case .permissionsPolicy: .permissionsPolicy
        case .referrerPolicy: .referrerPolicy
        case .reportingEndpoints: .reportingEndpoints
        case .strictTransportSecurity: .strictTransportSecurity
        case .xContentTypeOptions: .xContentTypeOptions
        case .xDNSPrefetchControl: .xDNSPrefetchControl
        case .xDownloadOptions: .xDownloadOptions
        case .xFrameOptions: .xFrameOptions
        case .xPermittedCrossDomainPolicies: .xPermittedCrossDomainPolicies
        case .xXSSProtection: .xXSSProtection
        }
    }

    func parse(_ value: String) throws(ConfigurationError) -> any SecurityHeader {
        switch self {
        case .cacheControl: try CacheControl(parsing: value)
        case .clearSiteData: try ClearSiteData(parsing: value)
        case .contentSecurityPolicy: try ContentSecurityPolicy(parsing: value)
        case .contentSecurityPolicyReportOnly:
            try ContentSecurityPolicy(parsing: value, mode: .reportOnly)
        case .crossOriginEmbedderPolicy: try CrossOriginEmbedderPolicy(parsing: value)
        case .crossOriginOpenerPolicy: try CrossOriginOpenerPolicy(parsing: value)
        case .crossOriginResourcePolicy: try CrossOriginResourcePolicy(parsing: value)
        case .originAgentCluster: try OriginAgentCluster(parsing: value)
        case .permissionsPolicy: try PermissionsPolicy(parsing: value)
        case .referrerPolicy: try ReferrerPolicy(parsing: value)
        case .reportingEndpoints: try ReportingEndpoints(parsing: value)
        case .strictTransportSecurity: try StrictTransportSecurity(parsing: value)
        case .xContentTypeOptions: try XContentTypeOptions(parsing: value)
        case .xDNSPrefetchControl: try XDNSPrefetchControl(parsing: value)
        case .xDownloadOptions: try XDownloadOptions(parsing: value)
        case .xFrameOptions: try XFrameOptions(parsing: value)
        case .xPermittedCrossDomainPolicies: try XPermittedCrossDomainPolicies(parsing: value)
        case .xXSSProtection: try XXSSProtection(parsing: value)
        }
    }
}
