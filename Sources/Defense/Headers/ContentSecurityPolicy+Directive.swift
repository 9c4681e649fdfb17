import GatehouseCore
import GatehouseHTTP

extension ContentSecurityPolicy {
    /// A name with its sources, such as `.init(.imageSource, [.self, .scheme("data:")])`.
    public struct Directive: Equatable, Sendable {
        /// Which directive.
        public let name: Name
        /// Its words in order.
        public let sources: [Source]

        /// A directive; validated when the policy is built.
        public init(_ name: Name, _ sources: [Source] = []) {
            self.name = name
            self.sources = sources
        }

        var rendered: String {
            ([name.rawValue] + sources.map(\.text)).joined(separator: " ")
        }
    }
}

extension ContentSecurityPolicy.Directive {
    /// The directives that browsers know.
    public enum Name: String, CaseIterable, Sendable {
        /// What the other fetch directives fall back to.
        case defaultSource = "default-src"
        /// Workers and frames.
        case childSource = "child-src"
        /// `fetch`, WebSocket, beacons.
        case connectSource = "connect-src"
        /// Fonts.
        case fontSource = "font-src"
        /// Frames inside the page.
        case frameSource = "frame-src"
        /// Images.
        case imageSource = "img-src"
        /// Web app manifests.
        case manifestSource = "manifest-src"
        /// Audio and video.
        case mediaSource = "media-src"
        /// Plug-ins.
        case objectSource = "object-src"
        /// Scripts.
        case scriptSource = "script-src"
        /// Scripts in attributes.
        case scriptSourceAttribute = "script-src-attr"
        /// Script elements.
        case scriptSourceElement = "script-src-elem"
        /// Styles.
        case styleSource = "style-src"
        /// Styles in attributes.
        case styleSourceAttribute = "style-src-attr"
        /// Style elements.
        case styleSourceElement = "style-src-elem"
        /// Workers.
        case workerSource = "worker-src"
        /// What `<base>` may say.
        case baseURI = "base-uri"
        /// A cage for the page.
        case sandbox
        /// Where forms may be sent.
        case formAction = "form-action"
        /// Who may frame the page.
        case frameAncestors = "frame-ancestors"
        /// Where violations are reported (Reporting API group).
        case reportTo = "report-to"
        /// Where violations are reported (older browsers).
        case reportURI = "report-uri"
        /// Demands typed values in script sinks.
        case requireTrustedTypesFor = "require-trusted-types-for"
        /// Names the policies that may make such values.
        case trustedTypes = "trusted-types"
        /// Rewrites http links of the page to https.
        case upgradeInsecureRequests = "upgrade-insecure-requests"

        /// What to write instead of a name that browsers do not know.
        static func advice(on name: String) -> String {
            switch name.lowercased() {
            case "block-all-mixed-content", "prefetch-src", "navigate-to":
                return "\(name) is no longer read by browsers; remove it"
            case "plugin-types": return "\(name) is gone; write object-src 'none'"
            case "referrer": return "\(name) is gone; set Referrer-Policy"
            case "reflected-xss": return "\(name) is gone; remove it"
            default:
                let known = allCases.map(\.rawValue).joined(separator: ", ")
                return "found directive \"\(name)\"; expected one of: \(known)"
            }
        }
    }

    /// One word of a directive.
    public struct Source: Equatable, Sendable {
        /// As it is written.
        public let text: String

        /// A word as it is written in the header.
        public init(text: String) { self.text = text }

        /// Nothing at all.
        public static let none = Source(text: "'none'")
        /// The page's own origin.
        public static let `self` = Source(text: "'self'")
        /// A host, such as `https://cdn.example.com` or `*.example.com`.
        public static func host(_ text: String) -> Source { Source(text: text) }
        /// A whole scheme, such as `data:`.
        public static func scheme(_ text: String) -> Source { Source(text: text) }
        /// One script or style by its hash, such as `.hash("sha256-…")`.
        public static func hash(_ text: String) -> Source { Source(text: "'\(text)'") }
        /// Scripts that a trusted script loads.
        public static let strictDynamic = Source(text: "'strict-dynamic'")
        /// WebAssembly.
        public static let wasmUnsafeEval = Source(text: "'wasm-unsafe-eval'")
        /// A sample of the violating code in reports.
        public static let reportSample = Source(text: "'report-sample'")
        /// Inline scripts or styles: undoes what the policy is for.
        public static let dangerouslyUnsafeInline = Source(text: "'unsafe-inline'")
        /// `eval`: undoes half of what the policy is for.
        public static let dangerouslyUnsafeEval = Source(text: "'unsafe-eval'")
        /// A word without a meaning of its own: sandbox flag, report group, trusted type policy.
        public static func word(_ text: String) -> Source { Source(text: text) }
    }
}
