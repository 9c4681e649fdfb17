import GatehouseCore

/// A segment of a request's path, as a part of a template.
enum PathSegment: Equatable, Sendable {
    case literal(String)
    /// A value, of a parameter whose name is known or not.
    case value([UInt8], name: String?)

    /// The segments of a path, by the template that it matched and by how they look; nil if there
    /// are too many.
    static func segments(of path: String, template: String) -> [PathSegment]? {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= TrafficLimits.segmentsMax else { return nil }
        let declared = template.dropFirst().split(
            separator: "/", omittingEmptySubsequences: false)
        var segments: [PathSegment] = []
        var isFree = false
        for (index, part) in parts.enumerated() {
            isFree = isFree || index >= declared.count || declared[index] == "*"
            guard let text = String(part).percentDecoded else { return nil }
            segments.append(segment(text, isFree ? nil : declared[index]))
        }
        return segments
    }

    private static func segment(_ text: String, _ declared: Substring?) -> PathSegment {
        let bytes = Array(text.utf8)
        if let declared {
            if declared.hasPrefix("{"), declared.hasSuffix("}") {
                let name = String(declared.dropFirst().dropLast())
                return .value(bytes, name: ObservedPath.isName(name) ? name : nil)
            }
            if !declared.contains("{") { return .literal(text) }
            return .value(bytes, name: nil)
        }
        // A final slash makes another path.
        if bytes.isEmpty { return .literal("") }
        let isValue =
            bytes.count > TrafficLimits.segmentBytesMax || TextShape(bytes.raw).looksLikeValue
            || ![.token, .text].contains(TextClass(bytes.raw))
        return isValue ? .value(bytes, name: nil) : .literal(text)
    }
}
