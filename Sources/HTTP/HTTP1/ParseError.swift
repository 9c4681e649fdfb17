/// Why bytes are no acceptable message: one name per refusal, which is also its name in the log.
package enum ParseError: String, Error, CaseIterable, Sendable {
    // What came is another protocol
    case tlsClientHello = "tls-client-hello"
    case http2Preface = "http2-preface"
    case http09 = "http-0.9"
    // Start line
    case emptyStartLine = "empty-start-line"
    case startLineTooLong = "start-line-too-long"
    case methodMalformed = "method-malformed"
    case methodTooLong = "method-too-long"
    case versionMalformed = "version-malformed"
    case versionUnsupported = "version-unsupported"
    case statusMalformed = "status-malformed"
    case reasonMalformed = "reason-malformed"
    case switchingUnrequested = "switching-unrequested"
    // Request target
    case targetMalformed = "target-malformed"
    case targetControlByte = "target-control-byte"
    case targetNotASCII = "target-not-ascii"
    case connectRefused = "connect-refused"
    case asteriskMisplaced = "asterisk-misplaced"
    case schemeUnsupported = "scheme-unsupported"
    case userInfoRefused = "user-info-refused"
    case absoluteFormWithoutPath = "absolute-form-without-path"
    case authorityDisagrees = "authority-disagrees"
    case fragmentRefused = "fragment-refused"
    case queryMalformedPercent = "query-malformed-percent"
    // Path rules: docs/PATHS.md
    case pathDotSegment = "path-dot-segment"
    case pathEmptySegment = "path-empty-segment"
    case pathEncodedSlash = "path-encoded-slash"
    case pathBackslash = "path-backslash"
    case pathEncodedBackslash = "path-encoded-backslash"
    case pathSemicolon = "path-semicolon"
    case pathForbiddenByte = "path-forbidden-byte"
    case pathEncodedControl = "path-encoded-control"
    case pathEncodedDot = "path-encoded-dot"
    case pathEncodedUnreserved = "path-encoded-unreserved"
    case pathDoubleEncoding = "path-double-encoding"
    case pathMalformedPercent = "path-malformed-percent"
    case pathInvalidUTF8 = "path-invalid-utf8"
    // Fields
    case bareCR = "bare-cr"
    case bareLF = "bare-lf"
    case controlByte = "control-byte"
    case obsFold = "obs-fold"
    case fieldNameEmpty = "field-name-empty"
    case fieldNameMalformed = "field-name-malformed"
    case fieldNameTooLong = "field-name-too-long"
    case spaceInFieldName = "space-in-field-name"
    case colonMissing = "colon-missing"
    case fieldLineTooLong = "field-line-too-long"
    case tooManyFields = "too-many-fields"
    case headTooLarge = "head-too-large"
    // Framing and the connection
    case contentLengthMalformed = "content-length-malformed"
    case contentLengthOverflow = "content-length-overflow"
    case contentLengthRepeated = "content-length-repeated"
    case contentLengthWithTransferEncoding = "content-length-with-transfer-encoding"
    case transferEncodingUnsupported = "transfer-encoding-unsupported"
    case transferEncodingRepeated = "transfer-encoding-repeated"
    case transferEncodingInHTTP10 = "transfer-encoding-in-http-1.0"
    case bodyForbidden = "body-forbidden"
    case hostMissing = "host-missing"
    case hostRepeated = "host-repeated"
    case hostMalformed = "host-malformed"
    case expectationUnsupported = "expectation-unsupported"
    case connectionMalformed = "connection-malformed"
    case connectionNamesEndToEndField = "connection-names-end-to-end-field"
    // Chunked bodies
    case chunkSizeMalformed = "chunk-size-malformed"
    case chunkSizeOverflow = "chunk-size-overflow"
    case chunkExtensionMalformed = "chunk-extension-malformed"
    case chunkExtensionTooLong = "chunk-extension-too-long"
    case chunkUnterminated = "chunk-unterminated"
    case trailerTooLarge = "trailer-too-large"
}

extension ParseError {
    /// The refusal of a request; the connection closes, since nothing after it can be trusted.
    package var rejection: Rejection {
        let (status, code) = answer
        var rejection = Rejection(status, code, detail: rawValue)
        rejection.closesConnection = true
        return rejection
    }

    private var answer: (Int, Rejection.Code) {
        switch self {
        case .startLineTooLong: (414, .targetTooLong)
        case .fieldLineTooLong, .fieldNameTooLong, .tooManyFields, .headTooLarge:
            (431, .headersTooLarge)
        case .http2Preface, .http09, .versionUnsupported: (505, .versionNotSupported)
        case .methodTooLong, .connectRefused, .transferEncodingUnsupported:
            (501, .malformedRequest)
        case .expectationUnsupported: (417, .expectationFailed)
        case .pathDotSegment, .pathEmptySegment, .pathEncodedSlash, .pathBackslash,
            .pathEncodedBackslash, .pathSemicolon, .pathForbiddenByte, .pathEncodedControl,
            .pathEncodedDot, .pathEncodedUnreserved, .pathDoubleEncoding, .pathMalformedPercent,
            .pathInvalidUTF8, .fragmentRefused, .targetNotASCII, .targetControlByte:
            (400, .pathRefused)
        default: (400, .malformedRequest)
        }
    }
}
