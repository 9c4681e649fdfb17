import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import Testing

private let folder =
    (ProcessInfo.processInfo.environment["GATEHOUSE_CONFORMANCE"] ?? "../shared/conformance")
    + "/wycheproof"

@Suite(.enabled(if: FileManager.default.fileExists(atPath: folder))) struct JWSConformanceTests {
    /// Labelled valid, refused here: an algorithm other than the one that the JWK pins (346, 347,
    /// 350, 351) and a `?` inside base64url (372, 373).
    private static let stricter: Set<Int> = [346, 347, 350, 351, 372, 373]

    /// Labelled invalid for padding that the file does not hold: byte for byte the text of case
    /// 357, which is labelled valid. No verifier can follow both labels; padding is tested by hand
    /// in `Base64URLTests` and `TokenAttackTests`.
    private static let contradictory: Set<Int> = [367, 370]

    /// The verifier for a group's public key or keys, or for its shared secrets.
    private func verifier(_ group: [String: Any]) throws -> JWSVerifier {
        var set = group["public"] as? [String: Any] ?? group["private"] as? [String: Any] ?? [:]
        if set["keys"] == nil { set = ["keys": [set]] }
        let data = try JSONSerialization.data(withJSONObject: set)
        return try JWSVerifier(keys: JWKSet([UInt8](data).raw, allowsSecrets: true).keys)
    }

    private func run(_ file: String, stricter: Set<Int>) throws -> (accepted: Int, refused: Int) {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)"))
        let root = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        var counts = (accepted: 0, refused: 0)
        for group in root?["testGroups"] as? [[String: Any]] ?? [] {
            guard (group["comment"] as? String)?.hasPrefix("jwe") != true else { continue }
            let verifier = try? verifier(group)
            let vectors = group["tests"] as? [[String: Any]] ?? []
            for vector in vectors {
                guard let id = vector["tcId"] as? Int, let text = vector["jws"] as? String else {
                    continue
                }
                var wanted = vector["result"] as? String == "valid" && !stricter.contains(id)
                if file == "json_web_signature_test.json", Self.contradictory.contains(id) {
                    let twin = vectors.first { $0["tcId"] as? Int == 357 }
                    #expect(twin?["result"] as? String == "valid")
                    #expect(twin?["jws"] as? String == text)
                    wanted = true
                }
                let bytes = Array(text.utf8)
                let payload = try? verifier?.verify(bytes.raw)
                let comment = vector["comment"] as? String ?? ""
                #expect((payload != nil) == wanted, "\(file) \(id) \(comment)")
                if payload != nil { counts.accepted += 1 } else { counts.refused += 1 }
            }
        }
        return counts
    }

    @Test(
        arguments: [
            ("json_web_signature_test.json", stricter), ("json_web_key_test.json", []),
            ("json_web_crypto_test.json", []),
        ] as [(String, Set<Int>)]) func `refuses and accepts what wycheproof does`(
            _ file: String, _ stricter: Set<Int>
        ) throws
    {
        let counts = try run(file, stricter: stricter)
        #expect(counts.accepted > 0 && counts.refused > 0)
        print("\(file): \(counts), stricter than labelled: \(stricter.sorted())")
    }
}
