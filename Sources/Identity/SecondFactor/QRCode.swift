import CQREncode

/// A QR code (ISO/IEC 18004) made on this machine: the secret in it goes to no service.
package struct QRCode: Sendable {
    /// Modules on one side, without the quiet zone.
    package let size: Int
    private let modules: [Bool]

    /// Modules of white around it that readers need.
    package static let quietZone = 4
    private static let textBytesMax = 1_024

    /// Encodes a text; nil for one that is empty, too long or holds a NUL.
    package init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Self.textBytesMax, !text.utf8.contains(0) else {
            return nil
        }
        guard let code = unsafe QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
        defer { unsafe QRcode_free(code) }
        let width = Int(unsafe code.pointee.width)
        guard let data = unsafe code.pointee.data else { return nil }
        size = width
        modules = (0..<width * width).map { unsafe data[$0] & 1 == 1 }
    }

    /// Whether a module is dark; those outside are light.
    package func isDark(_ x: Int, _ y: Int) -> Bool {
        guard (0..<size).contains(x), (0..<size).contains(y) else { return false }
        return modules[y * size + x]
    }

    /// A picture as SVG, one path, black on white whatever the page's colours.
    package var svg: String {
        let side = size + 2 * Self.quietZone
        var path = ""
        for y in 0..<size {
            for x in 0..<size where isDark(x, y) {
                path += "M\(x + Self.quietZone) \(y + Self.quietZone)h1v1h-1z"
            }
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(side) \(side)\" "
            + "role=\"img\" shape-rendering=\"crispEdges\">"
            + "<title>QR code</title><path fill=\"#fff\" d=\"M0 0h\(side)v\(side)h-\(side)z\"/>"
            + "<path fill=\"#000\" d=\"\(path)\"/></svg>"
    }

    /// Text for a terminal, two modules a character, dark on light by the terminal's own colours.
    package var terminalText: String {
        let range = -Self.quietZone..<size + Self.quietZone
        var text = ""
        for y in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
            text += "\u{1B}[30;47m"
            for x in range {
                switch (isDark(x, y), isDark(x, y + 1)) {
                case (true, true): text += "█"
                case (true, false): text += "▀"
                case (false, true): text += "▄"
                case (false, false): text += " "
                }
            }
            text += "\u{1B}[0m\n"
        }
        return text
    }
}
