import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseIdentity
import GatehouseTransport

/// What an upstream receives: the client's request without anything that is between two hops or
/// that only a proxy may set, plus our own fields.
struct ForwardedRequest: Sendable {
    private let upstream: Upstream
    private let identity: IdentityTokenSigner?
    private let dropped: FieldSet
    private let droppedWithCredential: FieldSet

    init(_ upstream: Upstream, identity: IdentityTokenSigner?, wantsPlainAnswers: Bool = false) {
        self.upstream = upstream
        self.identity = identity
        var dropped = HopByHop.fields
        dropped.formUnion(ClientIdentity.proxyFields)
        dropped.formUnion(
            FieldSet([
                .host, .contentLength, .expect, .gatehouseIdentity, .xRequestID, .traceparent, .via,
            ]))
        if wantsPlainAnswers {
            dropped.formUnion(FieldSet([.acceptEncoding, .range, .ifRange, .ifNoneMatch]))
        }
        self.dropped = dropped
        if !upstream.forwardsAuthorization { dropped.insert(FieldName.authorization.id) }
        droppedWithCredential = dropped
    }

    private static let via: StaticString = "1.1 gatehouse"
    /// Most bytes of the fields that we add ourselves.
    private static let ownBytesMax = 2_048

    /// Writes the request's head; false if it does not fit.
    func write(_ request: Request, target: UpstreamTarget, into output: Buffer) -> Bool {
        let head = request.head
        let token = identityToken(request)
        // A line may grow by the space that its sender left out.
        let needed = head.byteCount + head.lines.count + token.count + Self.ownBytesMax
        guard needed <= output.free else { return false }
        writeStartLine(head, output)
        writeHost(request, target, output)
        writeClientFields(request, output)
        writeOwnFields(request, token, output)
        writeFraming(request, output)
        output.append("\r\n")
        return true
    }

    private func writeStartLine(_ head: MessageHead, _ output: Buffer) {
        output.append(text: head.method.rawValue)
        output.append(UInt8(ascii: " "))
        output.append(head.bytes(head.path))
        if let query = head.query {
            output.append(UInt8(ascii: "?"))
            output.append(head.bytes(query))
        }
        output.append(" HTTP/1.1\r\n")
    }

    private func writeHost(_ request: Request, _ target: UpstreamTarget, _ output: Buffer) {
        output.append("Host: ")
        if upstream.preservesHost {
            let head = request.head
            output.append(head.bytes(request.hostRange))
        } else {
            output.append(target.authorityBytes)
        }
        output.append("\r\n")
    }

    private func writeClientFields(_ request: Request, _ output: Buffer) {
        let head = request.head
        let dropped = request.principal == nil ? dropped : droppedWithCredential
        let nominated = HopByHop.nominated(by: head)
        for line in head.lines {
            if dropped.contains(line.id) { continue }
            if line.id == FieldName.contentEncoding.id, request.body.isDecoded { continue }
            if line.id == FieldName.unknown, ClientIdentity.isProxyField(head.bytes(line.name)) {
                continue
            }
            if !nominated.isEmpty, nominated.contains(head.text(line.name).lowercased()) {
                continue
            }
            if line.id == FieldName.cookie.id || line.id == FieldName.xAPIKey.id {
                writeCredential(line, head, output)
                continue
            }
            output.append(head.bytes(line.name))
            output.append(": ")
            output.append(head.bytes(line.value))
            output.append("\r\n")
        }
    }

    /// Cookies and API keys of the gate's own accounts stay here; others go on.
    private func writeCredential(_ line: MessageHead.Line, _ head: MessageHead, _ output: Buffer) {
        guard
            let kept = OwnCredentials.kept(
                of: head.bytes(line.value), isCookie: line.id == FieldName.cookie.id)
        else { return }
        output.append(head.bytes(line.name))
        output.append(": ")
        output.append(kept)
        output.append("\r\n")
    }

    private func writeOwnFields(_ request: Request, _ token: [UInt8], _ output: Buffer) {
        var fields = Fields()
        swap(&fields, &request.spareFields)
        ForwardedFields.append(for: request, host: request.hostRange, to: &fields)
        // Methods passed as values would be an allocation for each request.
        let (id, trace) = (request.id, request.trace)
        fields.append(.xRequestID) { id.append(to: &$0) }
        fields.append(.traceparent) { trace.append(to: &$0) }
        if !token.isEmpty { fields.append(.gatehouseIdentity, trusted: token.raw) }
        fields.append(.via, Self.via)
        output.append(fields.bytes)
        fields.recycle()
        swap(&fields, &request.spareFields)
    }

    private func writeFraming(_ request: Request, _ output: Buffer) {
        if let length = request.body.length {
            output.append("Content-Length: ")
            output.append(decimal: length)
            output.append("\r\n")
        } else if request.body.isPresent {
            output.append("Transfer-Encoding: chunked\r\n")
        } else if request.method == .post || request.method == .put || request.method == .patch {
            output.append("Content-Length: 0\r\n")
        }
    }

    /// The caller's identity for this upstream, from the loop's cache when it is fresh.
    private func identityToken(_ request: Request) -> [UInt8] {
        guard let identity, let principal = request.principal, let storage = request.loopStorage
        else { return [] }
        let cache = storage.value(for: identity) { IdentityTokenCache(identity) }
        return cache.token(for: principal, audience: upstream.name, now: request.receivedAt)
    }
}
