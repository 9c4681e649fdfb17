import Gatehouse
import Glibc

/// Standard output and error: text for people and, where wanted, its colours.
struct Terminal: Sendable {
    /// Colours of standard output.
    let output: Paint
    /// Colours of standard error.
    let error: Paint

    /// Colour only on a terminal that can show it, and not under `NO_COLOR` (https://no-color.org).
    init() {
        let isWanted = Self.variable("NO_COLOR") == nil && Self.variable("TERM") != "dumb"
        output = Paint(isOn: isWanted && isatty(STDOUT_FILENO) == 1)
        error = Paint(isOn: isWanted && isatty(STDERR_FILENO) == 1)
    }

    /// Writes to standard output.
    func say(_ text: String) { Self.write(text, to: STDOUT_FILENO) }

    /// Writes to standard error.
    func complain(_ text: String) { Self.write(text, to: STDERR_FILENO) }

    /// An error that has no place in a file.
    func fail(_ message: String, hint: String? = nil) {
        complain(error.bold(error.severity(.error) + ": " + message) + "\n")
        if let hint { complain("  " + error.blue("= ") + "help: \(hint)\n") }
    }

    private static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            }
            if count < 0 && errno == EINTR { continue }
            // Nobody is left to read it, or to be told.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
