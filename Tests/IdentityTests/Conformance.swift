import Foundation

/// Other people's test data, where it lies beside the project.
enum Conformance {
    static let folder =
        ProcessInfo.processInfo.environment["GATEHOUSE_CONFORMANCE"]
        ?? "../shared/conformance"

    static func isPresent(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/" + path)
    }

    static func data(_ path: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path))
    }

    static func lines(_ path: String) throws -> [String] {
        String(decoding: try data(path), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
