import GatehouseCore
import Testing

@testable import GatehouseObservability

@Suite struct SecretNamesTests {
    @Test(arguments: [
        // PITFALLS 77: what an exact and case-sensitive list lets through.
        "Password", "user.password", "accessToken", "authorization", "cookie", "otp",
        "list[0].token", "token", "TOKEN", "passwd", "pwd", "secret", "refresh_token", "id_token",
        "Proxy-Authorization", "Set-Cookie", "api-key", "X-API-Key", "apiKey", "APIKey", "API_KEY",
        "private_key", "privateKey", "client_secret", "session", "sessionId", "JSESSIONID", "csrf",
        "csrfToken", "csrfmiddlewaretoken", "X-XSRF-Token", "ssn", "card", "cardNumber",
        "credit_card", "cvv", "cvv2", "pin", "pin_code", "passphrase", "dbPassword", "DB_PASSWORD",
        "password2", "newPassword", "password_confirmation", "passwordHash", "token_value",
        "user[password]", "user%5Bpassword%5D", "pass%77ord", "%2574oken", "pass word",
        "p.a.s.s.w.o.r.d", "otpCode", "auth_code", "code_verifier", "aws_secret_access_key",
        "aws_access_key", "X-Amz-Signature", "X-Amz-Security-Token", "sig", "jwt", "userPin",
        "client_assertion", "SAMLResponse", "connect.sid", "credentials", "tokens", "db_pass",
    ])
    func `hides the value under a secret's name in any spelling`(name: String) {
        #expect(SecretNames.contains(name))
    }

    @Test(arguments: [
        "key", "keyboard", "keys", "tokens_used", "max_tokens", "token_type", "tokenizer",
        "token_count", "password_changed_at", "passwordPolicy", "password_length", "status_code",
        "code", "country_code", "postalCode", "id", "user", "username", "name", "email", "page",
        "limit", "path", "compass", "bypass", "shipping", "discard", "wildcard", "obsession",
        "author", "authority", "primary_key", "public_key", "idempotency-key", "spinner", "pinned",
        "laptop", "card_count", "session_count", "cookies_enabled", "page_number", "commit_hash",
        "", "_", "état",
    ])
    func `shows the value under an ordinary name`(name: String) {
        #expect(!SecretNames.contains(name))
    }

    @Test func `takes a name that is too long to judge for a secret's`() {
        #expect(SecretNames.contains(String(repeating: "a", count: 65)))
        #expect(!SecretNames.contains(String(repeating: "a", count: 64)))
        #expect(!SecretNames.contains("a" + String(repeating: "-", count: 1_000)))
        #expect(SecretNames.contains(String(repeating: "a-", count: 33)))
    }
}
