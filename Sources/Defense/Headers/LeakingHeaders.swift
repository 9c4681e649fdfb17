import GatehouseCore
package import GatehouseHTTP

/// Response headers that tell an attacker which software, version or machine answered; removed from
/// what upstreams and handlers send.
package enum LeakingHeaders {
    /// Whether a header leaks; a few nanoseconds, no memory.
    /// - Parameters:
    ///   - id: the name's known id, or `FieldName.unknown`.
    ///   - name: the name as sent, in any case.
    @inline(__always)
    package static func isLeaking(id: UInt8, name: RawSpan) -> Bool {
        id == FieldName.unknown ? isLeaking(name) : known.contains(id)
    }

    /// Names that are known by number.
    package static let known = FieldSet(
        (owasp + ours).compactMap(FieldName.init).filter { $0.id != FieldName.unknown })

    /// Whether a name that is not known by number leaks.
    package static func isLeaking(_ name: RawSpan) -> Bool {
        guard name.byteCount >= shortest, name.byteCount <= longest else { return false }
        var slot = hash(name) & (table.count - 1)
        while true {
            let index = table[slot]
            if index < 0 { return false }
            if matches(name, unknown[Int(index)]) { return true }
            slot = (slot + 1) & (table.count - 1)
        }
    }

    @inline(__always)
    private static func matches(_ name: RawSpan, _ candidate: [UInt8]) -> Bool {
        guard candidate.count == name.byteCount else { return false }
        for index in 0..<candidate.count where name.byte(index).asciiLowercased != candidate[index]
        {
            return false
        }
        return true
    }

    /// Mixes length, ends and middle; setting bit 5 folds the case of letters.
    @inline(__always)
    private static func hash(_ name: RawSpan) -> Int {
        let count = name.byteCount
        var mix = UInt32(name.byte(0) | 0x20) &* 0x9E37_79B1
        mix ^= UInt32(name.byte(count &- 1) | 0x20) &* 0x85EB_CA77
        mix ^= UInt32(name.byte(count &>> 1) | 0x20) &* 0xC2B2_AE3D
        mix ^= UInt32(name.byte(count &- 3) | 0x20) &* 0x27D4_EB2F ^ UInt32(count) &* 0x1656_67B1
        return Int((mix ^ mix &>> 15) &* 0x2C1B_3C6D &>> 8)
    }

    private static let unknown: [[UInt8]] = (owasp + ours)
        .filter { FieldName($0)?.id == FieldName.unknown }
        .map { Array($0.lowercased().utf8) }
    private static let shortest = max(unknown.map(\.count).min() ?? 3, 3)
    private static let longest = unknown.map(\.count).max() ?? 0

    /// Open addressing at a quarter full: a miss ends after one or two steps.
    private static let table: [Int16] = {
        var table = [Int16](repeating: -1, count: 512)
        precondition(unknown.count * 2 < table.count && unknown.allSatisfy { $0.count >= 3 })
        for (index, name) in unknown.enumerated() {
            var slot = hash(name.raw) & (table.count - 1)
            while table[slot] >= 0 { slot = (slot + 1) & (table.count - 1) }
            table[slot] = Int16(index)
        }
        return table
    }()

    /// The OWASP Secure Headers Project's list of headers to remove.
    package static let owasp = [
        "$wsep", "Host-Header", "K-Proxy-Request", "Liferay-Portal", "OracleCommerceCloud-Version",
        "Pega-Host", "Powered-By", "Product", "Server", "SourceMap", "X-AspNet-Version",
        "X-AspNetMvc-Version", "X-Atmosphere-error", "X-Atmosphere-first-request",
        "X-Atmosphere-tracking-id", "X-B3-ParentSpanId", "X-B3-Sampled", "X-B3-SpanId",
        "X-B3-TraceId", "X-BEServer", "X-CF-Powered-By", "X-CMS", "X-CalculatedBETarget",
        "X-Cocoon-Version", "X-Content-Encoded-By", "X-DiagInfo", "X-Envoy-Attempt-Count",
        "X-Envoy-External-Address", "X-Envoy-Internal", "X-Envoy-Original-Dst-Host",
        "X-Envoy-Upstream-Service-Time", "X-FEServer", "X-Framework", "X-Generated-By",
        "X-Generator", "X-Jitsi-Release", "X-Joomla-Version", "X-Kubernetes-PF-FlowSchema-UI",
        "X-Kubernetes-PF-PriorityLevel-UID", "X-LiteSpeed-Cache", "X-LiteSpeed-Purge",
        "X-LiteSpeed-Tag", "X-LiteSpeed-Vary", "X-Litespeed-Cache-Control", "X-Mod-Pagespeed",
        "X-Nextjs-Cache", "X-Nextjs-Matched-Path", "X-Nextjs-Page", "X-Nextjs-Redirect",
        "X-OWA-Version", "X-Old-Content-Length", "X-OneAgent-JS-Injection", "X-Page-Speed",
        "X-Php-Version", "X-Powered-By", "X-Powered-By-Plesk", "X-Powered-CMS", "X-Redirect-By",
        "X-Server-Powered-By", "X-SourceFiles", "X-SourceMap", "X-Turbo-Charged-By",
        "X-Umbraco-Version", "X-Varnish-Backend", "X-Varnish-Server", "X-dtAgentId",
        "X-dtHealthCheck", "X-dtInjectedServlet", "X-ruxit-JS-Agent",
    ]

    /// More of the same kind: versions, machines behind the gate, debugging aids, and durations
    /// that a timing attack could read.
    package static let ours = [
        "MicrosoftSharePointTeamServices", "MicrosoftOfficeWebServer", "Servlet-Engine",
        "SPRequestDuration", "SPIisLatency", "SPRequestGuid", "Kong-Version", "WP-Super-Cache",
        "X-AspNet-Session", "X-API-Version", "X-Application-Context", "X-Backend",
        "X-Backend-Host", "X-Backend-Server", "X-Backside-Transport", "X-Cache-Hits", "X-Debug",
        "X-Debug-Exception", "X-Debug-Exception-File", "X-Debug-Token", "X-Debug-Token-Link",
        "X-Drupal-Cache", "X-Drupal-Cache-Contexts", "X-Drupal-Cache-Max-Age",
        "X-Drupal-Cache-Tags", "X-Drupal-Dynamic-Cache", "X-Exception", "X-Hostname",
        "X-Kong-Proxy-Latency", "X-Kong-Upstream-Latency", "X-Magento-Cache-Debug",
        "X-Magento-Tags", "X-Node", "X-Pingback", "X-Powered-By-ASP.NET", "X-Rack-Cache",
        "X-Response-Time", "X-Runtime", "X-Served-By", "X-Server", "X-Server-Name",
        "X-SharePointHealthScore", "X-Stack-Trace", "X-Upstream",
        "X-Upstream-Addr", "X-Varnish", "X-Version", "X-WebLogic-Request-ClusterInfo",
    ]
}
