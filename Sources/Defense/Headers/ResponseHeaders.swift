public import GatehouseCore
public import GatehouseHTTP

/// Puts the security headers on every response: one preset for pages, one for everything else,
/// chosen by the response's own media type; and removes headers that tell what runs behind.
///
/// Both presets are rendered at start-up. A response that carries none of the headers gets them in
/// one copy; one that carries some gets the strictest of both, header by header.
public struct ResponseHeaders: Control {
    private let api: RenderedPreset
    private let page: RenderedPreset
    /// What both presets say alike: all that a 304 may carry, because a cache writes the fields of
    /// a 304 over those of the stored page (RFC 9111 section 3.2).
    private let common: RenderedPreset

    /// Validates and renders both presets.
    /// - Throws: `ConfigurationError` when headers contradict each other.
    public init(
        api: HeaderOverrides = .init(), page: HeaderOverrides = .init()
    ) throws(ConfigurationError) {
        let api = api.applied(to: try HeaderPreset.api())
        let page = page.applied(to: try HeaderPreset.page())
        try HeaderPreset.validate(api, "api")
        try HeaderPreset.validate(page, "page")
        self.api = RenderedPreset(api)
        self.page = RenderedPreset(page)
        common = RenderedPreset(
            api.filter { ours in page.contains { $0.name == ours.name && $0.value == ours.value } })
    }

    /// What is sent, for `gatehouse check`: name and value of each header.
    package var described: (api: [(String, String)], page: [(String, String)]) {
        (api.described, page.described)
    }

    /// Adds the preset and removes what leaks.
    public func after(_ request: Request, _ response: inout Response) {
        if !response.fields.isEmpty {
            response.fields.removeAll(where: LeakingHeaders.isLeaking)
            if !request.isSecure { response.fields.remove(.strictTransportSecurity) }
        }
        let preset = preset(for: response)
        let caching = response.mayBeCached ? response.fields[.cacheControl] : nil
        preset.apply(to: &response.fields, isSecure: request.isSecure)
        if let caching { try? response.fields.set(.cacheControl, caching) }
    }

    private func preset(for response: Response) -> RenderedPreset {
        if response.status == 304 { return common }
        if let type = response.contentType {
            return MediaTypeClass.isPage(type.value) ? page : api
        }
        guard let place = response.fields.place(of: .contentType) else { return api }
        return MediaTypeClass.isPage(response.fields.bytes.raw.slice(place)) ? page : api
    }
}

/// A preset as bytes, once for secure requests and once for others.
private struct RenderedPreset: Sendable {
    let headers: [any SecurityHeader]
    let names: FieldSet
    let secure: Fields
    let plain: Fields

    init(_ headers: [any SecurityHeader]) {
        var (secure, plain) = (Fields(), Fields())
        for header in headers {
            secure.append(header.name, checked: header.value)
            if Self.isPlain(header) { plain.append(header.name, checked: header.value) }
        }
        self.headers = headers
        self.secure = secure
        self.plain = plain
        names = secure.present
    }

    var described: [(String, String)] { headers.map { ("\($0.name)", $0.value) } }

    func apply(to fields: inout Fields, isSecure: Bool) {
        guard fields.present.intersects(names) else {
            return fields.append(isSecure ? secure : plain)
        }
        for header in headers where isSecure || Self.isPlain(header) {
            fields.tighten(with: header)
        }
    }

    /// RFC 6797 section 7.2: HSTS must not be sent over plain HTTP.
    private static func isPlain(_ header: any SecurityHeader) -> Bool {
        header.name != .strictTransportSecurity
    }
}

/// Which media types are pages: documents whose markup a browser runs. SVG and XML are not on the
/// list on purpose: the API preset forbids them everything.
enum MediaTypeClass {
    static func isPage(_ type: RawSpan) -> Bool {
        let essence = essence(of: type)
        return essence.equalsIgnoringCase("text/html")
            || essence.equalsIgnoringCase("application/xhtml+xml")
    }

    static func isPage(_ type: String) -> Bool { isPage(unsafe type.utf8.span.bytes) }

    /// Type and subtype without parameters.
    @_lifetime(copy type)
    static func essence(of type: RawSpan) -> RawSpan {
        var end = 0
        while end < type.byteCount, type.byte(end) != UInt8(ascii: ";"), type.byte(end) > 0x20 {
            end += 1
        }
        return type.extracting(0..<end)
    }
}
