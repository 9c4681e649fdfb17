@testable import GatehouseHTTP

/// Cases that llhttp takes and we refuse: our error, its reason, and the ids (file and position in
/// it). llhttp's "lenient" modes switch checks off that we never switch off.
enum StricterThanLLHTTP {
    static let cases: [String: ParseError] = {
        var cases: [String: ParseError] = [:]
        for group in groups {
            for id in group.ids { cases[id] = group.error }
        }
        return cases
    }()

    private static let groups: [(error: ParseError, reason: String, ids: [String])] = [
        (
            .absoluteFormWithoutPath,
            "A target without a path would be forwarded as another one "
                + "than was matched (docs/PATHS.md).",
            [
                "request/uri.md/2",
                "request/uri.md/3",
                "request/uri.md/5",
            ]
        ),
        (
            .asteriskMisplaced,
            "RFC 9112 section 3.2.4: the asterisk is for OPTIONS alone.",
            [
                "request/method.md/4"
            ]
        ),
        (
            .bareCR,
            "Leniency of llhttp: RFC 9112 section 2.2 lets CR stand only before LF.",
            [
                "request/content-length.md/17",
                "request/lenient-headers.md/3",
                "request/sample.md/13",
                "request/transfer-encoding.md/26",
                "response/invalid.md/8",
            ]
        ),
        (
            .bareLF,
            "Leniency of llhttp: servers that end lines at LF see other "
                + "messages than those that don't.",
            [
                "request/invalid.md/21",
                "response/invalid.md/16",
                "response/invalid.md/18",
                "response/sample.md/10",
            ]
        ),
        (
            .chunkSizeMalformed,
            "Leniency of llhttp: white space after a chunk size (RFC 9112 section 7.1).",
            [
                "request/transfer-encoding.md/30"
            ]
        ),
        (
            .chunkUnterminated,
            "Leniency of llhttp: chunk data must end with CRLF (RFC 9112 section 7.1).",
            [
                "request/transfer-encoding.md/28"
            ]
        ),
        (
            .connectRefused,
            "We are no tunnel.",
            [
                "request/method.md/1",
                "request/method.md/2",
                "request/method.md/3",
                "request/uri.md/8",
            ]
        ),
        (
            .controlByte,
            "Leniency of llhttp: RFC 9110 section 5.5 forbids control bytes in values.",
            [
                "request/lenient-header-value-relaxed.md/0",
                "request/lenient-headers.md/0",
                "request/lenient-headers.md/1",
            ]
        ),
        (
            .fragmentRefused,
            "RFC 9112 section 3.2: a target has no fragment. (The "
                + "corpus means other parts of these.)",
            [
                "request/transfer-encoding.md/13",
                "request/transfer-encoding.md/17",
                "request/transfer-encoding.md/18",
                "request/transfer-encoding.md/19",
                "request/transfer-encoding.md/20",
                "request/uri.md/7",
            ]
        ),
        (
            .hostMalformed,
            "`0.0.0.0=5000` is no authority that anybody means.",
            [
                "request/sample.md/2",
                "request/sample.md/3",
            ]
        ),
        (
            .http09,
            "HTTP/0.9 has no fields and no `Host`.",
            [
                "request/sample.md/9"
            ]
        ),
        (
            .obsFold,
            "RFC 9112 section 5.2 lets a server refuse folded lines; servers disagree on them.",
            [
                "request/connection.md/10",
                "request/connection.md/8",
                "request/invalid.md/23",
                "request/sample.md/10",
                "request/sample.md/17",
                "response/transfer-encoding.md/9",
            ]
        ),
        (
            .pathForbiddenByte,
            "RFC 3986 has no raw quotes in a path (docs/PATHS.md).",
            [
                "request/uri.md/0"
            ]
        ),
        (
            .spaceInFieldName,
            "Leniency of llhttp: RFC 9112 section 5.1 tells servers to refuse it.",
            [
                "request/connection.md/12",
                "request/content-length.md/6",
            ]
        ),
        (
            .switchingUnrequested,
            "We never ask an upstream to switch.",
            [
                "response/connection.md/10",
                "response/connection.md/9",
            ]
        ),
        (
            .transferEncodingRepeated,
            "Only a single final `chunked` is read in one way by all.",
            [
                "response/transfer-encoding.md/2"
            ]
        ),
        (
            .transferEncodingUnsupported,
            "Only a single final `chunked` is read in one way by all.",
            [
                "request/content-length.md/7",
                "response/transfer-encoding.md/1",
                "response/transfer-encoding.md/3",
            ]
        ),
        (
            .userInfoRefused,
            "RFC 9110 section 4.2.4: user information in a target is to be treated as an error.",
            [
                "request/uri.md/9"
            ]
        ),
        (
            .versionMalformed,
            "RTSP and ICE are other protocols; and nothing but a head "
                + "stands where a response begins.",
            [
                "request/method.md/11",
                "request/method.md/12",
                "request/method.md/13",
                "response/connection.md/14",
                "response/connection.md/16",
                "response/pipelining.md/0",
                "response/sample.md/18",
                "response/sample.md/1",
                "response/sample.md/2",
                "response/sample.md/5",
            ]
        ),
        (
            .versionUnsupported,
            "Only HTTP/1.1 and HTTP/1.0 are spoken.",
            [
                "request/lenient-version.md/0",
                "response/lenient-version.md/0",
                "response/sample.md/16",
            ]
        ),
    ]

    /// Cases whose difference is no refusal.
    static let different: [String: String] = [
        "request/content-length.md/15": "there llhttp's user says that bodies are to be skipped",
        "response/content-length.md/2": "there llhttp's user says that bodies are to be skipped",
        "request/invalid.md/3": "any token is a method; one that no route names is answered 405",
        "request/invalid.md/13": "any token is a method; one that no route names is answered 405",
    ]
}
