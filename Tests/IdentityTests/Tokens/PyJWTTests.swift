import GatehouseCore
import GatehouseCrypto
import GatehouseIdentity
import Testing

/// Tokens that another implementation (PyJWT 2.6 with OpenSSL) made for keys of its own; the keys
/// were thrown away.
@Suite struct PyJWTTests {
    private struct Sample {
        let algorithm: SignatureAlgorithm
        let pem: String
        let token: String
    }

    private static let samples = [
        Sample(
            algorithm: .rs256,
            pem: """
                -----BEGIN PUBLIC KEY-----
                MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAomIQ+8a0budgpjffRxhj
                ZkL+YtdHxzSduVUhSxDxPk9JXjJ/LhLpMChPoxMwzpfqIYrwx2GTVahEOgiigdRi
                n/lEBFX3TND9fi6DJdueVjCG17KStuPB+9c2rxW+qQa9DTYF6UeJMz62oIARVQ8k
                /T+YoVoB5eAkWenxoxYDLRIuSEEAwFXNEkQDYUPkERNLDBg3h5fE5iKKKyQxpKnP
                fXn+JsqPZ2tqQr1JALgMrY0omBkRrYE7/zTujhsBeGY8TxeSx9FFSX6AYL7vrdIv
                5ZO0PA73KSJERbDjgeqSOkwIG+pBbuUo7HwJ0DRUwiBEpZEZN7qk3mA9oa3EP+62
                uQIDAQAB
                -----END PUBLIC KEY-----
                """,
            token: "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsiLCJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJodHRwczovL"
                + "2lkLmV4YW1wbGUuY29tIiwiYXVkIjpbImFwaSIsIndlYiJdLCJzdWIiOiJ1c2VyLTEiLCJpYXQiO"
                + "jE3OTk5OTk5OTAsImV4cCI6MTgwMDAwMDMwMCwicm9sZXMiOlsiYWRtaW4iXSwic2NvcGUiOiJpd"
                + "GVtczpyZWFkIn0.TkBb4jxpx19qOMa-5VZcjGJ85yuxjqWAD2oaYfbTWuoHAAQ3vdC31ZfsrP5DA"
                + "gr4K5KyNqu8alUi6_0N0kX81z-sB-RXT1xw5-DOIGoiLapEZn_0ZMRwSvnlxdt9VLup8HsNk6rfX"
                + "PT2regIoCOMLg4HO1aEugyDkP71dJuG75a8Ak7RW5T_XI66D8YNsJxQdVAHRVhCdMdza7-_Z42KP"
                + "5kgZLctIr8h6ZQqUbhUEaDXmRXq7F7SlSB8CYlodF3_kqQxRLvj-H_7PZ_eMuzXaBSH2O7EFROUr"
                + "V0QNDjfSD0uREf-GQMGoMU1sfTx7xZ-C_tKMwofoqKXTDWoW_tcXA"),
        Sample(
            algorithm: .es256,
            pem: """
                -----BEGIN PUBLIC KEY-----
                MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEF5krM4gkJqJIyZwonRcUjmcGcHeM
                9hsnNP6NKQrI6GTFYncn9CsS+ADSbycarFmPzshmi8zNx+JHR21iXopBtQ==
                -----END PUBLIC KEY-----
                """,
            token: "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsiLCJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJodHRwczovL"
                + "2lkLmV4YW1wbGUuY29tIiwiYXVkIjpbImFwaSIsIndlYiJdLCJzdWIiOiJ1c2VyLTEiLCJpYXQiO"
                + "jE3OTk5OTk5OTAsImV4cCI6MTgwMDAwMDMwMCwicm9sZXMiOlsiYWRtaW4iXSwic2NvcGUiOiJpd"
                + "GVtczpyZWFkIn0.VAprgBy1-Q7DQa3H9_XlScyMZQLUXd1U6X5qu2jxuPBjlaQPcR24OBC1HFKLX"
                + "Q4GdY5ucUH_B4kZA7x7pwiX8Q"),
        Sample(
            algorithm: .ed25519,
            pem: """
                -----BEGIN PUBLIC KEY-----
                MCowBQYDK2VwAyEAQqOSw85V9+QtFd7FU4ujlGZ64B/ienx87SSIPvkf8dA=
                -----END PUBLIC KEY-----
                """,
            token: "eyJhbGciOiJFZERTQSIsImtpZCI6ImsiLCJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJodHRwczovL"
                + "2lkLmV4YW1wbGUuY29tIiwiYXVkIjpbImFwaSIsIndlYiJdLCJzdWIiOiJ1c2VyLTEiLCJpYXQiO"
                + "jE3OTk5OTk5OTAsImV4cCI6MTgwMDAwMDMwMCwicm9sZXMiOlsiYWRtaW4iXSwic2NvcGUiOiJpd"
                + "GVtczpyZWFkIn0.xBqGnzAIdcbjN2if5D5K5X8sD0NteWJ40nWGucqbWPrEVLFsUDy9r2exHkgnt"
                + "ItEutwOE-ZchvsJHXYbcX-ODg"),
        Sample(
            algorithm: .ps256,
            pem: """
                -----BEGIN PUBLIC KEY-----
                MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAomIQ+8a0budgpjffRxhj
                ZkL+YtdHxzSduVUhSxDxPk9JXjJ/LhLpMChPoxMwzpfqIYrwx2GTVahEOgiigdRi
                n/lEBFX3TND9fi6DJdueVjCG17KStuPB+9c2rxW+qQa9DTYF6UeJMz62oIARVQ8k
                /T+YoVoB5eAkWenxoxYDLRIuSEEAwFXNEkQDYUPkERNLDBg3h5fE5iKKKyQxpKnP
                fXn+JsqPZ2tqQr1JALgMrY0omBkRrYE7/zTujhsBeGY8TxeSx9FFSX6AYL7vrdIv
                5ZO0PA73KSJERbDjgeqSOkwIG+pBbuUo7HwJ0DRUwiBEpZEZN7qk3mA9oa3EP+62
                uQIDAQAB
                -----END PUBLIC KEY-----
                """,
            token: "eyJhbGciOiJQUzI1NiIsImtpZCI6ImsiLCJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJodHRwczovL"
                + "2lkLmV4YW1wbGUuY29tIiwiYXVkIjpbImFwaSIsIndlYiJdLCJzdWIiOiJ1c2VyLTEiLCJpYXQiO"
                + "jE3OTk5OTk5OTAsImV4cCI6MTgwMDAwMDMwMCwicm9sZXMiOlsiYWRtaW4iXSwic2NvcGUiOiJpd"
                + "GVtczpyZWFkIn0.Q_Bll5PvZe35c5-ED867d-2nRDrHucbYGQC6_2a3sud8Q1AzkmN0n7UZOAhkQ"
                + "FwKP4vHrsX52fLQXYDeqTcpM00eD8eN8uNa7zQj_lu7jWn-Ahntpk28EDQK7J_BcZN3aesdFd2vd"
                + "0JA7jG-y-lVFl8jmr3tOyXPUDI9Ivd0YtruVy5_yoY9l9IIaj539cHOOSMWfdCK2EzmAzhhOAkAL"
                + "NsAOFwjC6cpHgryF7qCP5oUnXsye3recsK365_vqGQ54CrH_tpoHHJaYEwBUJC20tDk67x499OyY"
                + "-ZGiKlvUdkvODheSi2dUNJUZr5YTF-xvM6BkDqWZOjbCDvrLrmtTA"),
        Sample(
            algorithm: .hs256,
            pem: "",
            token: "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsiLCJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJodHRwczovL"
                + "2lkLmV4YW1wbGUuY29tIiwiYXVkIjpbImFwaSIsIndlYiJdLCJzdWIiOiJ1c2VyLTEiLCJpYXQiO"
                + "jE3OTk5OTk5OTAsImV4cCI6MTgwMDAwMDMwMCwicm9sZXMiOlsiYWRtaW4iXSwic2NvcGUiOiJpd"
                + "GVtczpyZWFkIn0.VhuWsqcAqkRnH2ofCSCtYv-lrLpiJqzIbmFtsi-MHZo"),
    ]

    private func verifier(_ sample: Sample) throws -> TokenVerifier {
        let pem = Array(sample.pem.utf8)
        let key =
            sample.algorithm.isSymmetric
            ? try VerificationKey(keyID: "k", algorithm: .hs256, secret: TokenMaker.secret)
            : try VerificationKey(
                keyID: "k", algorithm: sample.algorithm, publicKey: PublicKey(pem: pem.raw))
        return try TokenVerifier(issuers: [
            TokenIssuer(
                issuer: "https://id.example.com", audience: ["api"], type: "at+jwt",
                maxAge: .seconds(3_600), keys: [key])
        ])
    }

    @Test func `accepts them, and refuses them for every other key`() throws {
        for sample in Self.samples {
            let token = Array(sample.token.utf8)
            let verified = try verifier(sample).verify(token.raw, now: TokenMaker.now)
            #expect(verified.principal.subject == "user-1")
            #expect(verified.principal.permissions == ["items:read"])
            for other in Self.samples where other.pem != sample.pem {
                #expect(try verifier(other).refusal(sample.token) == .wrongAlgorithm)
            }
            // The signature's first character: the last one holds slack bits.
            var changed = token
            let place = (changed.lastIndex(of: UInt8(ascii: ".")) ?? 0) + 1
            changed[place] = changed[place] == 0x41 ? 0x42 : 0x41
            let text = String(decoding: changed, as: UTF8.self)
            #expect(try verifier(sample).refusal(text) == .badSignature)
        }
    }

    /// RS256 and PS256 share one RSA key here: the pin decides, not the key.
    @Test func `a pinned RSA key refuses the other padding`() throws {
        let rsa = Self.samples.filter { $0.algorithm.rawValue.hasSuffix("S256") }
            .filter { $0.pem.count > 400 }
        #expect(rsa.count == 2)
        #expect(try verifier(rsa[0]).refusal(rsa[1].token) == .wrongAlgorithm)
        #expect(try verifier(rsa[1]).refusal(rsa[0].token) == .wrongAlgorithm)
    }
}
