import GatehouseCore

/// Decides by its name whether a field, parameter or variable holds a secret.
///
/// Case, separators and percent-encoding do not matter: `accessToken`, `ACCESS_TOKEN`,
/// `x-access-token`, `user[access%5Ftoken]` are one name. What a name *ends* in decides, so that
/// `refresh_token` is secret and `tokens_used`, `token_type`, `keyboard`, `key` and `status_code`
/// are not; a few words (`password`, `secret`, `apikey` …) are secret wherever they stand, unless
/// the name ends in something harmless (`password_changed_at`). A bare `code` is not secret, since
/// most are error codes; `auth_code`, `otp_code` and `code_verifier` are. A name too long to be
/// judged is secret.
enum SecretNames {
    /// Letters and digits of a name that are looked at.
    static let lettersMax = 64

    /// Whether the value under this name is to be hidden.
    static func contains(_ name: RawSpan) -> Bool {
        var words = NameWords()
        guard words.read(name) else { return true }
        // Alone it is a list of tokens; `max_tokens` counts them.
        if words.isWhole("tokens") { return true }
        let ending = words.last
        while !words.isEmpty {
            if endings.match(words) || lastWords.match(words) { return true }
            guard words.last.count <= 1 || carriers.match(words) else { break }
            words.removeLast()
        }
        words.restore()
        guard words.count >= stemShortest, words.contains(stems, beginningIn: stemLetters) else {
            return false
        }
        return !harmless.contains { words.isWord(ending, $0) }
    }

    /// Whether the value under this name is to be hidden.
    static func contains(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { unsafe contains(RawSpan(_unsafeElements: $0)) }
    }

    /// Secret as a whole last word (a plural counts): `user_session`, not `obsession`.
    private static let lastWords = WordTable(
        [
            "auth", "bearer", "card", "csrf", "cvc", "cvv", "iban", "jwe", "jws", "jwt", "hotp",
            "mfa", "mnemonic", "otp", "pan", "pass", "pin", "puk", "pw", "pwd", "saml", "sess",
            "session", "sid", "sig", "ssn", "tan", "totp", "xsrf",
        ], isWhole: true)

    /// Secret at the end of a name, also without a word boundary: `csrfmiddlewaretoken`.
    private static let endings = WordTable(
        [
            "accesscode", "accesskey", "accesstokens", "accountkey", "apikey", "apikeys",
            "apitokens", "appkey", "assertion", "authcode", "authkey", "authorizationcode",
            "authtokens", "backupcode", "backupcodes", "ccnumber", "codeverifier", "cookie",
            "cookies", "dbpass", "dbpwd", "devicecode", "encryptionkey", "hmackey", "invitecode",
            "jwtkey", "licensekey", "logincode", "masterkey", "otpcode", "pannumber", "passcode",
            "pincode", "privatekey", "recoverycode", "recoverycodes", "refreshtokens", "resetcode",
            "rootkey", "samlresponse", "secretkey", "securitycode", "seedphrase", "servicekey",
            "sessid", "sessionid", "sessionkey", "sessiontokens", "sharedaccesskey", "sharedkey",
            "signature", "signingkey", "socialsecurity", "sshkey", "sslkey", "storagekey",
            "tlskey", "token", "userpass", "userpwd", "verificationcode",
        ], isWhole: false)

    /// Words that only say in which form the word before them is there.
    private static let carriers = WordTable(
        [
            "again", "base", "body", "bytes", "code", "confirm", "confirmation", "current", "data",
            "digest", "field", "hash", "hashed", "header", "hex", "md", "new", "no", "num",
            "number", "old", "plain", "plaintext", "raw", "repeat", "sha", "string", "text",
            "value",
        ], isWhole: true)

    /// Secret wherever they stand, unless the name ends in a word of `harmless`.
    private static let stems: [StaticString] = [
        "apikey", "authorization", "cardnumber", "clientassertion", "codeverifier", "contrasena",
        "credential", "creditcard", "debitcard", "motdepasse", "passphrase", "passwd", "password",
        "passwort", "privatekey", "secret", "sessionid",
    ]
    private static let stemShortest = 6
    private static let stemLetters = WordTable.letters(stems)

    /// Endings that make a name with a stem harmless: they speak about it and do not hold it.
    private static let harmless: [StaticString] = [
        "age", "algorithm", "at", "attempts", "changed", "count", "enabled", "endpoint", "error",
        "errors", "expired", "expires", "expiry", "length", "max", "min", "policy", "required",
        "reset", "rule", "rules", "status", "strategy", "strength", "ttl", "type", "used",
    ]
}

/// Words to look for at the end of a name, grouped by their last letter.
struct WordTable: Sendable {
    private let words: [StaticString]
    /// Where each last letter's words begin in `words`.
    private let starts: InlineArray<257, UInt8>
    /// Whether the word must be a word of the name, and may be a plural.
    private let isWhole: Bool

    init(_ words: [StaticString], isWhole: Bool) {
        precondition(words.count < 256)
        func last(_ word: StaticString) -> UInt8 {
            unsafe word.utf8Start[word.utf8CodeUnitCount - 1]
        }
        let sorted = words.sorted { last($0) < last($1) }
        var starts: InlineArray<257, UInt8> = .init(repeating: 0)
        for letter in 0..<256 {
            starts[letter + 1] = UInt8(sorted.count { Int(last($0)) <= letter })
        }
        self.words = sorted
        self.starts = starts
        self.isWhole = isWhole
    }

    /// Whether the name's words that are left end in one of these.
    func match(_ name: borrowing NameWords) -> Bool {
        let end = name.last.upperBound
        if match(name, endingAt: end) { return true }
        let isPlural = isWhole && name.last.count > 1 && name.letter(end - 1) == 0x73
        return isPlural && match(name, endingAt: end - 1)
    }

    private func match(_ name: borrowing NameWords, endingAt end: Int) -> Bool {
        let letter = Int(name.letter(end - 1))
        for index in Int(starts[letter])..<Int(starts[letter + 1]) {
            let start = end - words[index].utf8CodeUnitCount
            guard isWhole ? start == name.last.lowerBound : start >= 0 else { continue }
            if name.matches(words[index], at: start) { return true }
        }
        return false
    }

    /// The first letters of words, as bits from `a`.
    static func letters(_ words: [StaticString]) -> UInt32 {
        words.reduce(0) { unsafe $0 | 1 << UInt32($1.utf8Start[0] - 0x61) }
    }
}
