import Foundation
import GatehouseCore
import GatehouseCrypto
import Testing

@Suite(.enabled(if: Wycheproof.isPresent)) struct SignatureConformanceTests {
    @Test(
        arguments: [
            ("ecdsa_secp256r1_sha256_p1363_test.json", SignatureAlgorithm.es256),
            ("ecdsa_secp384r1_sha384_p1363_test.json", .es384),
            ("ecdsa_secp521r1_sha512_p1363_test.json", .es512),
            ("ed25519_test.json", .ed25519),
            ("ed448_test.json", .ed448),
            ("rsa_signature_2048_sha256_test.json", .rs256),
            ("rsa_signature_3072_sha384_test.json", .rs384),
            ("rsa_signature_4096_sha512_test.json", .rs512),
            ("rsa_pss_2048_sha256_mgf1_32_test.json", .ps256),
            ("rsa_pss_3072_sha256_mgf1_32_test.json", .ps256),
            ("rsa_pss_2048_sha384_mgf1_48_test.json", .ps384),
            ("rsa_pss_4096_sha512_mgf1_64_test.json", .ps512),
        ]) func `refuses and accepts what wycheproof does`(
            _ file: String, _ algorithm: SignatureAlgorithm
        ) throws
    {
        var counts = (valid: 0, refused: 0)
        for group in try Wycheproof.groups(file) {
            let pem = Array((group["publicKeyPem"] as? String ?? "").utf8)
            let der = [UInt8](hex: group["publicKeyDer"] as? String ?? "")
            let key = try PublicKey(pem: pem.raw)
            let same = try PublicKey(der: der.raw)
            #expect(key.numbers == same.numbers)
            for vector in Vector.all(of: group) {
                let message = vector.bytes("msg")
                let signature = vector.bytes("sig")
                let verdict = key.verify(
                    message.raw, signature: signature.raw, algorithm: algorithm)
                #expect(verdict == vector.isValid, "\(file) \(vector.id)")
                if vector.isValid { counts.valid += 1 } else { counts.refused += 1 }
            }
        }
        #expect(counts.valid > 0 && counts.refused > 0)
        print("\(file): \(counts.valid) accepted, \(counts.refused) refused")
    }

    @Test(
        arguments: [
            ("hmac_sha256_test.json", HashAlgorithm.sha256), ("hmac_sha384_test.json", .sha384),
            ("hmac_sha512_test.json", .sha512),
        ]) func `refuses and accepts the MACs that wycheproof does`(
            _ file: String, _ hash: HashAlgorithm
        ) throws
    {
        var counts = (tested: 0, truncated: 0, short: 0)
        for group in try Wycheproof.groups(file) {
            guard group["tagSize"] as? Int == hash.byteCount * 8 else {
                counts.truncated += Vector.all(of: group).count
                continue
            }
            for vector in Vector.all(of: group) {
                let key = Redacted(vector.bytes("key"))
                guard let key = try? HMACKey(key, algorithm: hash) else {
                    #expect(key.dangerouslyRevealed.count < hash.byteCount)
                    counts.short += 1
                    continue
                }
                let context = HMACContext(key)
                let message = vector.bytes("msg")
                let tag = vector.bytes("tag")
                // Twice, since the context is armed once.
                for _ in 0..<2 {
                    let verdict = context.verify(message.raw, tag: tag.raw)
                    #expect(verdict == vector.isValid, "\(file) \(vector.id)")
                }
                counts.tested += 1
            }
        }
        #expect(counts.tested > 0)
        print("\(file): \(counts)")
    }
}
