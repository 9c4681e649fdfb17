import Foundation
import GatehouseCore
import Testing

@testable import GatehouseValidation

private let file =
    (ProcessInfo.processInfo.environment["GATEHOUSE_CONFORMANCE"] ?? "../shared/conformance")
    + "/joi/validatorjs_dev.json"

/// Cases of validator.js for the formats that people trip over.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: file)))
struct ValidatorConformanceTests {
    /// Validators that there is no rule for: other formats than those of the builder.
    private static let covered: Set<String> = [
        "isEmail", "isURL", "isIP", "isIPRange", "isUUID", "isBase64", "isDate", "isISO8601",
        "isRFC3339", "isFQDN",
    ]

    /// Where we differ on purpose or the case lost what it needs, by case number.
    private static let waivers: [Int: String] = [
        83: "RFC 6531 section 3.3 allows every letter beyond ASCII in a local part",
        123: "no domain has a label of more than 63 bytes; only the bounds of mail are waived",
        131: "a regular expression in the list of hosts is lost in JSON",
        942: "half a surrogate pair is no text: the reader refuses it before any rule",
        174: "user and password without // must be plain, whatever alphabet looks like a scheme",
        226: "a scheme without // is no web address",
        272: "a regular expression in the list of hosts is lost in JSON",
        273: "a regular expression in the list of hosts is lost in JSON",
        283: "a regular expression in the list of hosts is lost in JSON",
        284: "a regular expression in the list of hosts is lost in JSON",
        1857: "RFC 4007 section 11 allows a zone behind any address, also behind ::",
        1858: "RFC 4007 section 11 allows a zone behind any address, also behind ::",
    ]

    @Test func `agrees with validator js on addresses, identifiers and dates`() throws {
        // Halves of surrogate pairs are no text, and no case that is covered here has one.
        let half = #"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F].."#
        let text = try String(contentsOfFile: file, encoding: .utf8)
            .replacingOccurrences(of: half, with: #"\\ufffd"#, options: .regularExpression)
        let bytes = Array(text.utf8)
        var tape = JSONTape()
        guard case .array(let cases) = SchemaValue(try tape.parse(bytes.raw)) else {
            Issue.record("no cases")
            return
        }
        var passed: [String: Int] = [:]
        var total: [String: Int] = [:]
        var failures: [String] = []
        for (number, item) in cases.enumerated() {
            guard case .object(let fields) = item,
                let validator = fields["validator"]?.text?.string,
                Self.covered.contains(validator), let input = fields["input"]?.text
            else { continue }
            guard let rule = ValidatorRule(validator, fields["args"] ?? .undefined) else {
                continue
            }
            total[validator, default: 0] += 1
            let isFit = rule.accepts(input.utf8.raw)
            if .bool(isFit) == fields["pass"] {
                passed[validator, default: 0] += 1
            } else if Self.waivers[number] == nil {
                let shown = fields["args"].map { "\(JSON($0))" } ?? ""
                failures.append("\(number) \(validator) \(shown) \(input.string)")
            }
        }
        for name in total.keys.sorted() {
            print("validator.js \(name): \(passed[name] ?? 0) / \(total[name] ?? 0)")
        }
        let all = (total.values.reduce(0, +), passed.values.reduce(0, +))
        print("validator.js in all: \(all.1) / \(all.0)")
        for (number, reason) in Self.waivers.sorted(by: { $0.key < $1.key }) {
            print("validator.js case \(number) waived: \(reason)")
        }
        #expect(all.0 > 0)
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    }
}

/// A value as JSON text, for messages of tests.
struct JSON: CustomStringConvertible {
    let description: String
    init(_ value: SchemaValue) {
        var json = JSONWriter()
        value.write(to: &json)
        description = String(decoding: json.finish(), as: UTF8.self)
    }
}

/// What the validators and their options are here.
struct ValidatorRule {
    private let test: (RawSpan) -> Bool

    func accepts(_ text: RawSpan) -> Bool { test(text) }

    init?(_ name: String, _ arguments: SchemaValue) {
        guard case .array(let list) = arguments else { return nil }
        let first = list.first ?? .undefined
        var options = SchemaObject()
        if case .object(let object) = first { options = object }
        switch name {
        case "isEmail": test = Self.email(options)
        case "isURL": test = Self.url(options)
        case "isFQDN": test = Self.domain(options)
        case "isIP":
            guard let rule = Self.ip(options["version"] ?? first) else {
                test = { _ in false }
                return
            }
            test = { rule.failure($0) == nil }
        case "isIPRange":
            guard var rule = Self.ip(first) else {
                test = { _ in false }
                return
            }
            rule.prefix = .required
            test = { [rule] in rule.failure($0) == nil }
        case "isUUID": test = Self.uuid(first)
        case "isBase64":
            let isURLSafe = options["urlSafe"] == .bool(true)
            let isPadded = options["padding"].map { $0 == .bool(true) } ?? !isURLSafe
            let rule = Base64Rule(
                isURLSafe: isURLSafe, isPadded: isPadded, refusesPadding: !isPadded)
            test = { rule.accepts($0) }
        case "isDate":
            guard let rule = Self.date(first, options) else { return nil }
            test = { rule.accepts($0) }
        case "isISO8601":
            var rule = ISODateRule(dialect: .lenient)
            rule.checksCalendar = options["strict"] == .bool(true)
            rule.allowsSpace = options["strictSeparator"] != .bool(true)
            test = { [rule] in rule.accepts($0) }
        case "isRFC3339":
            var rule = ISODateRule()
            rule.isTimestamp = true
            rule.allowsSpace = true
            rule.checksCalendar = false
            test = { [rule] in rule.accepts($0) }
        case "isDataURI": test = { Base64Rule.acceptsDataURI($0, isPadded: false) }
        case "isHexadecimal":
            let rule = HexRule(isByteAligned: false, prefix: .optional)
            test = { rule.failure($0) == nil }
        case "isCreditCard":
            guard options.count == 0 else { return nil }
            test = { TextFormat.creditCard.failure($0) == nil }
        default: return nil
        }
    }

    private static func names(_ value: SchemaValue?) -> Set<String>? {
        guard case .array(let list)? = value else { return nil }
        return Set(list.compactMap { $0.text?.string })
    }

    private static func email(_ options: SchemaObject) -> (RawSpan) -> Bool {
        var rule = EmailRule()
        rule.domain.needsRealTopLevel = true
        rule.domain.allowsUnderscore = options["allow_underscores"] == .bool(true)
        rule.allowsQuotedLocalPart = true
        rule.allowsUnicode = options["allow_utf8_local_part"] != .bool(false)
        rule.ignoresLength = options["ignore_max_length"] == .bool(true)
        rule.allowsAddressLiteral = options["allow_ip_domain"] == .bool(true)
        if options["allow_display_name"] == .bool(true) { rule.displayName = .allowed }
        if options["require_display_name"] == .bool(true) { rule.displayName = .required }
        rule.refusedCharacters = Set(options["blacklisted_chars"]?.text?.string ?? "")
        rule.hostsAllowed = names(options["host_whitelist"])
        rule.hostsRefused = names(options["host_blacklist"]) ?? []
        rule.checksProviderRules = options["domain_specific_validation"] == .bool(true)
        return { [rule] in rule.accepts($0) }
    }

    private static func domain(_ options: SchemaObject) -> (RawSpan) -> Bool {
        let rule = domainRule(options)
        return { rule.accepts($0) }
    }

    private static func domainRule(_ options: SchemaObject) -> DomainRule {
        var rule = DomainRule()
        rule.needsRealTopLevel = true
        if options["require_tld"] == .bool(false) { rule.segmentsMin = 1 }
        rule.allowsNumericTopLevel = options["allow_numeric_tld"] == .bool(true)
        rule.allowsFullyQualified = options["allow_trailing_dot"] == .bool(true)
        rule.allowsUnderscore = options["allow_underscores"] == .bool(true)
        rule.allowsWildcard = options["allow_wildcard"] == .bool(true)
        return rule
    }

    private static func url(_ options: SchemaObject) -> (RawSpan) -> Bool {
        var rule = URLRule()
        rule.domain = domainRule(options)
        if let names = names(options["protocols"]) { rule.schemes = names }
        rule.checksScheme = options["require_valid_protocol"] != .bool(false)
        rule.needsScheme = options["require_protocol"] == .bool(true)
        rule.needsHost = options["require_host"] != .bool(false)
        rule.needsPort = options["require_port"] == .bool(true)
        rule.allowsSchemeRelative = options["allow_protocol_relative_urls"] == .bool(true)
        rule.refusesUserInfo = options["disallow_auth"] == .bool(true)
        rule.allowsFragment = options["allow_fragments"] != .bool(false)
        rule.allowsQuery = options["allow_query_components"] != .bool(false)
        if options["validate_length"] == .bool(false) { rule.lengthMax = nil }
        if let most = options["max_allowed_length"]?.countLimit { rule.lengthMax = most }
        rule.hostsAllowed = names(options["host_whitelist"])
        rule.hostsRefused = names(options["host_blacklist"]) ?? []
        return { [rule] in rule.accepts($0) }
    }

    private static func ip(_ version: SchemaValue) -> IPRule? {
        var rule = IPRule()
        rule.allowsZone = true
        switch version {
        case .number(let number) where number.integer == 4: rule.versions = [.ipv4]
        case .number(let number) where number.integer == 6: rule.versions = [.ipv6]
        case .number, .text: return nil
        default: break
        }
        return rule
    }

    private static func uuid(_ version: SchemaValue) -> (RawSpan) -> Bool {
        var rule = GUIDRule()
        rule.versions = [1, 2, 3, 4, 5, 6, 7, 8]
        let special = { (text: RawSpan, byte: UInt8) -> Bool in
            guard GUIDRule().accepts(text) else { return false }
            for index in 0..<text.byteCount {
                let found = text.byte(index).asciiLowercased
                if found != byte, found != UInt8(ascii: "-") { return false }
            }
            return true
        }
        let isNil = { special($0, UInt8(ascii: "0")) }
        let isMax = { special($0, UInt8(ascii: "f")) }
        let all = { [rule] in rule.accepts($0) || isNil($0) || isMax($0) }
        switch version {
        case .number(let number):
            guard let integer = number.integer, (1...8).contains(integer) else {
                return { _ in false }
            }
            rule.versions = [UInt8(integer)]
            return { [rule] in rule.accepts($0) }
        case .text(let text):
            switch text.string {
            case "all": return all
            case "loose": return { GUIDRule().accepts($0) }
            case "nil": return isNil
            case "max": return isMax
            default: return { _ in false }
            }
        default: return all
        }
    }

    private static func date(_ first: SchemaValue, _ options: SchemaObject) -> DateRule? {
        let format = first.text?.string ?? options["format"]?.text?.string ?? "YYYY/MM/DD"
        let delimiters = names(options["delimiters"]).map { Set($0.compactMap(\.first)) }
        return try? DateRule(
            format, isStrict: options["strictMode"] == .bool(true),
            delimiters: delimiters ?? ["/", "-"])
    }
}
