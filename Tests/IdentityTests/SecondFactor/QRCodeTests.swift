import Foundation
import TestSupport
import Testing

@testable import GatehouseIdentity

@Suite struct QRCodeTests {
    private let text =
        "otpauth://totp/Example:alice%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    @Test func `refuses texts that fit no code`() {
        #expect(QRCode("") == nil)
        #expect(QRCode("a\0b") == nil)
        #expect(QRCode(String(repeating: "a", count: 5_000)) == nil)
    }

    @Test func `draws the same modules as SVG and in the terminal`() throws {
        let code = try #require(QRCode(text))
        let dark = (0..<code.size).reduce(0) { sum, y in
            sum + (0..<code.size).count { code.isDark($0, y) }
        }
        #expect(code.svg.split(separator: "h1v1h-1z").count == dark + 1)
        let blocks = code.terminalText.reduce(0) { sum, character in
            sum + (character == "█" ? 2 : character == "▀" || character == "▄" ? 1 : 0)
        }
        #expect(blocks == dark)
    }

    @Test(.enabled(if: Tool.areInstalled("zbarimg"), "zbarimg is not installed"))
    func `is read by a scanner`() throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/code.png"
        try Data(try #require(QRCode(text)).png()).write(to: URL(fileURLWithPath: path))
        let tool = try Tool("zbarimg", ["--raw", "-q", path])
        #expect(tool.output == text + "\n", "\(tool.error)")
    }
}
