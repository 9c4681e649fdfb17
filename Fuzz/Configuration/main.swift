import GatehouseCore
import GatehouseHTTP

@testable import Gatehouse

// Fuzzes the configuration reader: bytes in, a configuration or its errors out.
//
// Of the gateway only the folder Configuration is compiled, with what it stands on.

/// Nothing outside the text is read: every variable holds a canary and every file is private.
private let canary = "canary-7f3a-canary-7f3a-canary-7f3a-canary"
private let surroundings = Surroundings(
    environment: { _ in Array(canary.utf8) },
    file: { path, _ in
        path.utf8.count % 7 == 0
            ? .failure("no such file") : .content(Redacted(Array(canary.utf8)), mode: 0o100600)
    })

/// What must hold for every text: it ends, errors are bounded and say where, a secret is not shown,
/// and what was accepted is accepted again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzConfiguration(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    do throws(ConfigurationIssues) {
        let file = try Configuration.parse(
            bytes, name: "fuzz.yml", folder: "/fuzz", surroundings: surroundings)
        let shown =
            file.warnings.map(\.description).joined() + "\(file.configuration)"
            + EffectiveRoutes(file.configuration).rendered(Paint(isOn: true))
        precondition(!shown.contains(canary), "a secret is shown")
        precondition(!file.configuration.routes.isEmpty, "no routes were accepted")
        precondition(
            file.configuration.routes.allSatisfy { $0.access != .roles([]) }, "a rule was lost")
        precondition(!file.configuration.hosts.isEmpty && !file.configuration.listeners.isEmpty)
    } catch {
        precondition(!error.issues.isEmpty, "refused without a reason")
        precondition(error.issues.count <= ConfigurationIssues.shownMax, "too many issues")
        let shown = error.rendered(colored: false)
        precondition(!shown.contains(canary), "a secret is shown")
        // A terminal sees no control character but the line's end.
        precondition(shown.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A })
    }
    return 0
}
