import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import Gatehouse

/// The pages as a person uses them: Chromium, keyboard and mouse, mails, a second factor.
@Suite(
    .enabled(
        if: Tool.areInstalled("chromium", "chromedriver") && Tool.hasPythonPackage("selenium"),
        "Chromium, its driver or selenium is not installed"))
struct AccountPagesTests {
    @Test func `lead from registration to a sign-in with a second factor`() throws {
        let gate = try AccountsGate { configuration in
            configuration.listeners = [.init(address: .init(host: "127.0.0.1", port: 0))]
        }
        let script = Tool.root + "/Tests/GatewayTests/Accounts/browser.py"
        let tool = try Tool(
            "python",
            [script, "https://localhost:\(gate.port)", gate.folder.path + "/data/mail"],
            seconds: 300)
        #expect(tool.output == "done\n", "\(tool.error.suffix(2_000))")
    }
}
