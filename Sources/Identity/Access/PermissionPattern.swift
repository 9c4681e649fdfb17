/// A permission such as `notes:read`, or a pattern of them: `*` stands for one whole segment, and
/// at the end for all that follow. Segments are compared whole, never in part.
package struct PermissionPattern: Hashable, Sendable {
    private let segments: [String]
    /// As it was written.
    package let text: String

    private static let segmentsMax = 8
    private static let lengthMax = 128

    /// Reads a pattern; nil for an empty segment, a `*` inside a segment or odd characters.
    package init?(_ text: String) {
        let segments = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let isPlain = segments.allSatisfy { segment in
            segment == "*"
                || (!segment.isEmpty
                    && segment.utf8.allSatisfy {
                        $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "*")
                    })
        }
        guard isPlain, segments.count <= Self.segmentsMax, text.utf8.count <= Self.lengthMax else {
            return nil
        }
        self.segments = segments
        self.text = text
    }

    /// Whether it names a permission that is no pattern.
    package func matches(_ permission: String) -> Bool {
        let wanted = permission.split(separator: ":", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            if segment == "*", isLast { return wanted.count >= segments.count }
            guard index < wanted.count, segment == "*" || segment == wanted[index] else {
                return false
            }
        }
        return wanted.count == segments.count
    }
}
