import GatehouseCore

/// The header of one part: `Content-Disposition: form-data` and, for files, `Content-Type`.
struct MultipartHeader {
    let part: MultipartPart

    init(_ bytes: [UInt8], limits: MultipartLimits) throws(MultipartError) {
        guard UTF8Text.isValid(bytes.raw) else { throw .malformed("a part's header is no UTF-8") }
        var disposition: [UInt8]?
        var type: ContentType?
        var fields: [MultipartPart.Field] = []
        for line in try Self.lines(bytes) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                throw .malformed("a line of a part's header has no colon")
            }
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            let value = Array(line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 })
            switch name {
            case "content-disposition":
                guard disposition == nil else { throw .malformed("Content-Disposition twice") }
                disposition = value
            case "content-type":
                guard type == nil, let read = ContentType(value.raw) else {
                    throw .malformed("a part's Content-Type")
                }
                guard !read.essence.hasPrefix("multipart/") else {
                    throw .malformed("parts in parts")
                }
                type = read
            case _ where limits.headerNames.contains(name):
                let text = String(decoding: value, as: UTF8.self)
                fields.append(MultipartPart.Field(name: name, value: text))
            default:
                // Content-Transfer-Encoding is deprecated (RFC 7578 section 4.7), and nothing else
                // has a meaning.
                throw .malformed("a part's header has another field")
            }
        }
        guard let disposition else { throw .malformed("a part without Content-Disposition") }
        let (name, filename) = try Self.names(disposition)
        guard !name.isEmpty, name.utf8.count <= limits.nameBytesMax else {
            throw .refusedName("a field's name is empty or too long")
        }
        if let filename { try Self.check(filename, limits) }
        part = MultipartPart(
            name: name, filename: filename, type: type?.essence, charset: type?.charset,
            fields: fields)
    }

    private static func lines(_ bytes: [UInt8]) throws(MultipartError) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == 0x0A {
                guard index > start, bytes[index - 1] == 0x0D else { throw .malformed("bare LF") }
                lines.append(bytes[start..<index - 1])
                start = index + 1
            } else if byte == 0x0D {
                guard index + 1 < bytes.count, bytes[index + 1] == 0x0A else {
                    throw .malformed("bare CR")
                }
            } else if byte < 0x20, byte != 0x09 {
                throw .malformed("a control byte in a part's header")
            }
        }
        lines.append(bytes[start...])
        return lines
    }

    /// `form-data; name="x"; filename="y"`; quotes inside are `%22` (WHATWG HTML), never escaped.
    private static func names(
        _ value: [UInt8]
    ) throws(MultipartError) -> (name: String, filename: String?) {
        var rest = Substring(String(decoding: value, as: UTF8.self))
        guard rest.lowercased().hasPrefix("form-data") else { throw .malformed("not form-data") }
        rest = rest.dropFirst(9)
        var found: [String: String] = [:]
        while true {
            rest = rest.drop { $0 == " " }
            if rest.isEmpty { break }
            guard rest.first == ";" else { throw .malformed("Content-Disposition") }
            rest = rest.dropFirst().drop { $0 == " " }
            guard let equals = rest.firstIndex(of: "=") else {
                throw .malformed("Content-Disposition")
            }
            let key = rest[..<equals].lowercased()
            rest = rest[rest.index(after: equals)...]
            let text: Substring
            if rest.first == "\"" {
                rest = rest.dropFirst()
                guard let quote = rest.firstIndex(of: "\"") else {
                    throw .malformed("Content-Disposition")
                }
                text = rest[..<quote]
                rest = rest[rest.index(after: quote)...]
                guard !text.contains("\\") else { throw .malformed("an escape in a name") }
            } else {
                text = rest.prefix { $0 != ";" && $0 != " " }
                rest = rest.dropFirst(text.count)
            }
            // `filename*` says a second name (RFC 7578 section 4.2 forbids it).
            guard key == "name" || key == "filename", found[key] == nil else {
                throw .malformed("a parameter of Content-Disposition")
            }
            found[key] = String(
                text.replacing("%22", with: "\"").replacing("%0D", with: " ")
                    .replacing("%0A", with: " "))
        }
        guard let name = found["name"] else { throw .malformed("a part without a name") }
        return (name, found["filename"])
    }

    /// A file's name is a name and no way to another place.
    private static func check(
        _ filename: String, _ limits: MultipartLimits
    ) throws(MultipartError) {
        guard filename.utf8.count <= limits.nameBytesMax else {
            throw .refusedName("a file's name is too long")
        }
        let isPath = filename.unicodeScalars.contains {
            $0 == "/" || $0 == "\\" || $0 == ":" || $0.value < 0x20 || $0.value == 0x7F
        }
        guard !isPath, filename != ".", filename != ".." else {
            throw .refusedName("a file's name leads elsewhere")
        }
    }
}
