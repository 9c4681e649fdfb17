import GatehouseCore
import GatehouseCrypto
import Testing

@Suite struct KeyTests {
    @Test func `refuses secrets shorter than the hash`() {
        for hash in HashAlgorithm.allCases {
            for count in [0, 1, hash.byteCount - 1] {
                let secret = Redacted([UInt8](repeating: 7, count: count))
                #expect(throws: KeyError.self) { try HMACKey(secret, algorithm: hash) }
            }
            let secret = Redacted([UInt8](repeating: 7, count: hash.byteCount))
            #expect(throws: Never.self) { try HMACKey(secret, algorithm: hash) }
        }
    }

    @Test func `refuses a private key where a public key belongs`() throws {
        let pem = try PrivateKey.generate(.p256).pem.dangerouslyRevealed
        #expect(throws: KeyError.isPrivate) { try PublicKey(pem: pem.raw) }
    }

    @Test func `refuses RSA keys that are small, huge, even or mean nothing`() {
        let small = [0x80] + [UInt8](repeating: 1, count: 127)
        let huge = [0x80] + [UInt8](repeating: 1, count: 1_024)
        let even = [0x80] + [UInt8](repeating: 2, count: 255)
        let good = [0xC1] + [UInt8](repeating: 0x35, count: 255)
        let exponent: [UInt8] = [1, 0, 1]
        #expect(throws: KeyError.tooShort(bits: 1_024, bitsMin: 2_048)) {
            try PublicKey(rsaModulus: small.raw, exponent: exponent.raw)
        }
        for (modulus, exponent) in [
            (huge, exponent), (even, exponent), (good, [1]), (good, [2]), (good, []), (good, [0]),
            (good, [UInt8](repeating: 1, count: 9)),
        ] {
            #expect(throws: KeyError.self) {
                try PublicKey(rsaModulus: modulus.raw, exponent: exponent.raw)
            }
        }
        #expect(throws: Never.self) {
            try PublicKey(rsaModulus: good.raw, exponent: exponent.raw)
        }
    }

    @Test func `refuses points that are not on their curve, and of small order`() throws {
        let (x, y) = try PrivateKey.generate(.p256).publicKey.numbers
        var wrong = y
        wrong[31] ^= 1
        #expect(throws: KeyError.self) { try PublicKey(curve: .p256, x: x.raw, y: wrong.raw) }
        #expect(throws: KeyError.self) { try PublicKey(curve: .p384, x: x.raw, y: y.raw) }
        #expect(throws: KeyError.self) { try PublicKey(curve: .rsa, x: x.raw, y: y.raw) }
        let zero = [UInt8](repeating: 0, count: 32)
        #expect(throws: KeyError.self) { try PublicKey(curve: .p256, x: zero.raw, y: zero.raw) }
        for first: UInt8 in [0, 1] {
            for last: UInt8 in [0, 0x80] {
                let point = [first] + [UInt8](repeating: 0, count: 30) + [last]
                #expect(throws: KeyError.self) { try PublicKey(ed25519: point.raw) }
            }
        }
    }

    @Test(arguments: [(KeyKind.p256, SignatureAlgorithm.es256), (.ed25519, .ed25519)])
    func `refuses changed messages and signatures, and every other algorithm`(
        _ kind: KeyKind, _ algorithm: SignatureAlgorithm
    ) throws {
        let key = try PrivateKey.generate(kind)
        let message = Array("message".utf8)
        for _ in 0..<20 {
            let signature = try key.sign(message.raw, algorithm: algorithm)
            #expect(signature.count == 64)
            let publicKey = key.publicKey
            #expect(publicKey.accepts(message, signature, algorithm))
            for place in [0, 31, 32, 63] {
                var changed = signature
                changed[place] ^= 1
                #expect(
                    !publicKey.accepts(message, changed, algorithm))
            }
            for other in SignatureAlgorithm.allCases where other != algorithm {
                #expect(!publicKey.accepts(message, signature, other))
            }
        }
        // CVE-2022-21449: r = s = 0 fitted every message and key.
        let zero = [UInt8](repeating: 0, count: 64)
        #expect(!key.publicKey.accepts(message, zero, algorithm))
        #expect(!key.publicKey.accepts(message, [], algorithm))
    }

    @Test(arguments: [KeyKind.p256, .ed25519])
    func `a key survives being written and read`(_ kind: KeyKind) throws {
        let key = try PrivateKey.generate(kind)
        let pem = key.pem
        #expect("\(pem)" == "[redacted]")
        let text = pem.dangerouslyRevealed
        #expect(text.starts(with: "-----BEGIN PRIVATE KEY-----\n".utf8))
        let again = try PrivateKey(pem: text.raw)
        #expect(again.publicKey.numbers == key.publicKey.numbers)
        let (first, second) = key.publicKey.numbers
        let rebuilt =
            kind == .p256
            ? try PublicKey(curve: .p256, x: first.raw, y: second.raw)
            : try PublicKey(ed25519: first.raw)
        #expect(rebuilt.numbers == key.publicKey.numbers)
    }

    @Test func `refuses texts that are no key`() {
        for text in ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
            #expect(throws: KeyError.self) { try PublicKey(pem: Array(text.utf8).raw) }
            #expect(throws: KeyError.self) { try PrivateKey(pem: Array(text.utf8).raw) }
            #expect(throws: KeyError.self) { try PublicKey(der: Array(text.utf8).raw) }
        }
    }

    /// FIPS 180-4 examples.
    @Test func `hashes`() {
        let abc = Array("abc".utf8)
        let expected: [(HashAlgorithm, String)] = [
            (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                .sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                    + "8086072ba1e7cc2358baeca134c825a7"
            ),
            (
                .sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ]
        for (hash, text) in expected {
            let digest = hash.hash(abc.raw)
            #expect(digest == [UInt8](hex: text))
        }
        let nothing: [UInt8] = []
        let ofNothing = HashAlgorithm.sha256.hash(nothing.raw)
        #expect(ofNothing.starts(with: [0xE3, 0xB0, 0xC4, 0x42, 0x98, 0xFC, 0x1C, 0x14]))
    }

    @Test func `compares secrets`() {
        #expect(!isEqual([1, 2], [1, 3]))
        #expect(!isEqual([1], [1, 2]))
        #expect(isEqual([1, 2], [1, 2]))
        #expect(isEqual([], []))
    }
}

extension PublicKey {
    /// For `#expect`, which can't take spans.
    fileprivate func accepts(
        _ message: [UInt8], _ signature: [UInt8], _ algorithm: SignatureAlgorithm
    ) -> Bool {
        verify(message.raw, signature: signature.raw, algorithm: algorithm)
    }
}

private func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    ConstantTime.equal(left.raw, right.raw)
}
