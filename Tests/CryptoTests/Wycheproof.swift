import Foundation
import GatehouseCore
import GatehouseCrypto

/// Test vectors of C2SP/wycheproof.
enum Wycheproof {
    static let folder =
        (ProcessInfo.processInfo.environment["GATEHOUSE_CONFORMANCE"] ?? "../shared/conformance")
        + "/wycheproof"

    static var isPresent: Bool { FileManager.default.fileExists(atPath: folder) }

    static func groups(_ file: String) throws -> [[String: Any]] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)"))
        let root = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return root?["testGroups"] as? [[String: Any]] ?? []
    }
}

struct Vector {
    let id: Int
    let isValid: Bool
    let flags: [String]
    private let fields: [String: Any]

    init(_ fields: [String: Any]) {
        self.fields = fields
        id = fields["tcId"] as? Int ?? -1
        isValid = fields["result"] as? String == "valid"
        flags = fields["flags"] as? [String] ?? []
    }

    func bytes(_ name: String) -> [UInt8] { [UInt8](hex: fields[name] as? String ?? "") }

    static func all(of group: [String: Any]) -> [Vector] {
        (group["tests"] as? [[String: Any]] ?? []).map(Vector.init)
    }
}

extension [UInt8] {
    init(hex: String) {
        let digits = hex.utf8.compactMap(\.hexDigit)
        self = stride(from: 0, to: digits.count - 1, by: 2).map {
            digits[$0] << 4 | digits[$0 + 1]
        }
    }
}
