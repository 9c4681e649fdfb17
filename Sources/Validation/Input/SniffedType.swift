/// What the first bytes of a file show it to be, against what it claims.
enum SniffedType {
    /// How many bytes are looked at.
    static let bytesMax = 512

    private struct Mark {
        let type: String
        let bytes: [UInt8]
        var offset = 0
        /// Runs, or is rendered with its scripts, wherever it is opened.
        var isActive = false
    }

    private static let marks: [Mark] = [
        Mark(type: "image/png", bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        Mark(type: "image/jpeg", bytes: [0xFF, 0xD8, 0xFF]),
        Mark(type: "image/gif", bytes: Array("GIF87a".utf8)),
        Mark(type: "image/gif", bytes: Array("GIF89a".utf8)),
        Mark(type: "image/webp", bytes: Array("WEBP".utf8), offset: 8),
        Mark(type: "image/bmp", bytes: Array("BM".utf8)),
        Mark(type: "image/avif", bytes: Array("ftypavif".utf8), offset: 4),
        Mark(type: "video/mp4", bytes: Array("ftypisom".utf8), offset: 4),
        Mark(type: "video/mp4", bytes: Array("ftypmp4".utf8), offset: 4),
        Mark(type: "video/webm", bytes: [0x1A, 0x45, 0xDF, 0xA3]),
        Mark(type: "audio/mpeg", bytes: Array("ID3".utf8)),
        Mark(type: "audio/wav", bytes: Array("WAVE".utf8), offset: 8),
        Mark(type: "audio/ogg", bytes: Array("OggS".utf8)),
        Mark(type: "application/pdf", bytes: Array("%PDF-".utf8)),
        Mark(type: "application/zip", bytes: [0x50, 0x4B, 0x03, 0x04]),
        Mark(type: "application/gzip", bytes: [0x1F, 0x8B]),
        Mark(type: "application/x-executable", bytes: [0x7F, 0x45, 0x4C, 0x46], isActive: true),
        Mark(type: "application/x-msdownload", bytes: Array("MZ".utf8), isActive: true),
        Mark(type: "text/x-shellscript", bytes: Array("#!".utf8), isActive: true),
        Mark(type: "application/x-httpd-php", bytes: Array("<?php".utf8), isActive: true),
    ]
    /// Formats that are a ZIP or an OGG inside.
    private static let containers: [String: [String]] = [
        "application/zip": [
            "application/vnd.", "application/epub+zip", "application/java-archive",
            "application/x-zip-compressed",
        ],
        "audio/ogg": ["video/ogg", "application/ogg"], "audio/wav": ["audio/x-wav", "audio/wave"],
        "video/webm": ["audio/webm", "video/x-matroska"],
        "application/gzip": ["application/x-gzip"],
        "video/mp4": ["audio/mp4", "video/quicktime"], "audio/mpeg": ["audio/mp3"],
    ]
    private static let activeTexts = [
        "<!doctype html", "<html", "<script", "<svg", "<body", "<iframe",
    ]

    /// Whether content may go under the type that it claims.
    static func fits(_ claimed: String, _ content: [UInt8]) -> Bool {
        if let shown = marks.first(where: { shows($0, content) }) {
            if claimed == shown.type { return true }
            if containers[shown.type]?.contains(where: claimed.hasPrefix) == true { return true }
            // Nothing is claimed: anything but a program may be it.
            return claimed == "application/octet-stream" && !shown.isActive
        }
        if isMarkup(content) {
            return claimed.hasSuffix("html") || claimed.hasSuffix("xml")
        }
        // A type that always shows itself did not.
        return !marks.contains { $0.type == claimed } || content.isEmpty
    }

    private static func shows(_ mark: Mark, _ content: [UInt8]) -> Bool {
        content.count >= mark.offset + mark.bytes.count
            && content[mark.offset...].starts(with: mark.bytes)
    }

    /// What a browser that looks for itself would run (WHATWG MIME Sniffing section 7.1).
    private static func isMarkup(_ content: [UInt8]) -> Bool {
        var rest = content[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        rest = rest.drop { [0x20, 0x09, 0x0A, 0x0C, 0x0D].contains($0) }
        let text = String(decoding: rest.prefix(256), as: UTF8.self).lowercased()
        return activeTexts.contains { text.hasPrefix($0) }
            || (text.hasPrefix("<?xml") && text.contains("<svg"))
    }
}
