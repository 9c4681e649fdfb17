import GatehouseCore
import GatehouseHTTP
import GatehouseObservability
import GatehouseValidation

/// A request that was let in, until its answer says whether it teaches.
final class ExchangeDraft {
    /// Who sent it, until it is hashed beside the loops.
    enum Client: Sendable {
        case account(issuer: String, subject: String)
        case address(IPAddress)
    }

    var exchange: ObservedExchange
    let client: Client
    /// The answer's `Content-Encoding`.
    var coding: String?

    /// Bytes of a request's body that are looked at.
    static let bodyMax = 1 << 20
    private static let fieldsMax = 64
    private static let fieldBytesMax = 1_024
    private static let cookieBytesMax = 8_192

    /// Copies what must outlive the request.
    init(_ request: Request, _ body: InputCheck.Body, template: String) {
        exchange = ObservedExchange(
            method: request.method.rawValue, path: request.path, template: template,
            query: request.query)
        if let principal = request.principal {
            client = .account(issuer: principal.issuer, subject: principal.subject)
        } else {
            client = .address(request.client)
        }
        exchange.caller = Self.caller(request)
        exchange.time = request.receivedAt.seconds
        readFields(request.head)
        guard let bytes = body.bytes else { return }
        let isRead = !bytes.isEmpty && bytes.count <= Self.bodyMax
        exchange.body = .init(
            mediaType: body.mediaType ?? "application/octet-stream", bytes: isRead ? bytes : nil)
    }

    private static func caller(_ request: Request) -> ObservedExchange.Caller {
        if request.principal == nil { return .anonymous }
        if request.isCookieAuthenticated { return .cookie }
        return request.head.contains(.authorization) ? .bearer : .apiKey
    }

    /// Fields that the gate and every client know say nothing of an API; what holds a credential is
    /// never looked at.
    private func readFields(_ head: MessageHead) {
        for line in head.lines {
            let isOwn =
                line.id == FieldName.unknown || line.id == FieldName.idempotencyKey.id
            guard isOwn || line.id == FieldName.cookie.id else { continue }
            let value = head.text(line.value)
            if line.id == FieldName.cookie.id {
                readCookies(value)
            } else if exchange.headers.count < Self.fieldsMax,
                value.utf8.count <= Self.fieldBytesMax
            {
                let name = head.text(line.name).lowercased()
                if Redaction.hidesValue(of: name) || Self.isInfrastructure(name) { continue }
                exchange.headers.append((name, value))
            }
        }
    }

    /// Fields that browsers and proxies add by themselves.
    private static let prefixes = [
        "sec-", "x-forwarded-", "x-amz", "cf-", "x-envoy-", "x-b3-", "x-azure-", "fastly-",
        "x-correlation-", "x-trace-", "x-datadog-", "ot-",
    ]
    private static let names: Set<String> = [
        "x-requested-with", "purpose", "save-data", "b3", "baggage", "x-cloud-trace-context",
        "access-control-request-local-network", "viewport-width", "downlink", "rtt", "ect",
        "device-memory", "width", "dpr", "sentry-trace", "newrelic", "x-newrelic-id",
    ]

    private static func isInfrastructure(_ name: String) -> Bool {
        names.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }

    private func readCookies(_ text: String) {
        guard text.utf8.count <= Self.cookieBytesMax else { return }
        for pair in text.split(separator: ";") {
            let sides = pair.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
            guard sides.count == 2, exchange.cookies.count < Self.fieldsMax,
                sides[1].utf8.count <= Self.fieldBytesMax
            else { continue }
            let name = String(sides[0])
            if Redaction.hidesValue(of: name) || name.hasPrefix("__") { continue }
            exchange.cookies.append((name, String(sides[1])))
        }
    }
}
