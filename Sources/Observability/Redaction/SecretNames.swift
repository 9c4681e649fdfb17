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
    /// Bytes of a name that are looked at, separators aside.
    static let bytesMax = 64

    /// Whether the value under this name is to be hidden.
    static func contains(_ name: RawSpan) -> Bool {
        var words = NameWords()
        guard words.read(name) else { return true }
        // Alone it is a list of tokens; `max_tokens` counts them.
        if words.isWhole("tokens") { return true }
        let ending = words.last
        while !words.isEmpty {
            if endings.contains(where: words.hasSuffix) { return true }
            if lastWords.contains(where: words.lastWordIs) { return true }
            guard words.lastIsDigits || carriers.contains(where: words.lastWordIs) else { break }
            words.removeLast()
        }
        words.restore()
        guard stems.contains(where: words.contains) else { return false }
        return !harmless.contains { words.isWord(ending, $0) }
    }

    /// Whether the value under this name is to be hidden.
    static func contains(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return contains(bytes.raw)
    }

    /// Secret as a whole last word (a plural counts): `user_session`, not `obsession`.
    private static let lastWords: [StaticString] = [
        "auth", "bearer", "card", "csrf", "cvc", "cvv", "jwe", "jws", "jwt", "mfa", "otp", "pan",
        "pass", "pin", "pw", "pwd", "sess", "session", "sid", "sig", "ssn", "totp", "hotp", "xsrf",
        "tan", "puk", "mnemonic", "saml", "iban",
    ]

    /// Secret at the end of a name, also without a word boundary: `csrfmiddlewaretoken`.
    private static let endings: [StaticString] = [
        "accesscode", "accesskey", "accountkey", "apikey", "apikeys", "appkey", "assertion",
        "authcode", "authkey", "authorizationcode", "backupcode", "backupcodes", "cookie",
        "cookies", "encryptionkey", "hmackey", "jwtkey", "licensekey", "masterkey", "passcode",
        "pincode", "privatekey", "recoverycode", "recoverycodes", "resetcode", "samlresponse",
        "securitycode", "secretkey", "seedphrase", "sessionid", "sessionkey", "sessid",
        "sharedkey", "sharedaccesskey", "signature", "signingkey", "socialsecurity", "sshkey",
        "sslkey", "storagekey", "tlskey", "token", "accesstokens", "apitokens", "authtokens", "refreshtokens",
        "sessiontokens", "userpwd", "verificationcode",
        "codeverifier", "otpcode", "dbpwd", "dbpass", "userpass", "servicekey", "rootkey",
        "logincode", "invitecode", "devicecode", "ccnumber", "pannumber",
    ]

    /// Secret wherever they stand, unless the name ends in a word of `harmless`.
    private static let stems: [StaticString] = [
        "password", "passwd", "passphrase", "passwort", "secret", "privatekey", "apikey",
        "credential", "authorization", "creditcard", "cardnumber", "debitcard", "sessionid",
        "clientassertion", "codeverifier", "motdepasse", "contrasena",
    ]

    /// Words that only say in which form the word before them is there.
    private static let carriers: [StaticString] = [
        "value", "header", "string", "raw", "data", "text", "hash", "hashed", "code", "no",
        "number", "num", "hex", "base", "b", "sha", "md", "plain", "plaintext", "old", "new", "current",
        "confirm", "confirmation", "again", "repeat", "field", "bytes", "digest", "body",
    ]

    /// Endings that make a name with a stem harmless: they speak about it and do not hold it.
    private static let harmless: [StaticString] = [
        "length", "policy", "changed", "at", "age", "expires", "expired", "expiry", "strength",
        "min", "max", "count", "used", "type", "required", "reset", "attempts", "enabled",
        "endpoint", "status", "ttl", "error", "errors", "rule", "rules", "strategy", "algorithm",
    ]
}

/// A name without case and separators, and where its words begin.
private struct NameWords {
    private var letters: InlineArray<64, UInt8> = .init(repeating: 0)
    private var count = 0
    private var starts: InlineArray<33, UInt8> = .init(repeating: 0)
    /// Words that begin in `letters`.
    private var starting = 0
    /// Words that are left to look at.
    private var wordCount = 0

    /// Place of the last word that is left.
    var last: Range<Int> { word(wordCount - 1) }
    var isEmpty: Bool { wordCount == 0 }
    private var end: Int { wordCount == 0 ? 0 : last.upperBound }

    /// False if the name holds more than fits.
    mutating func read(_ name: RawSpan) -> Bool {
        var index = 0
        var previous: UInt8 = 0
        while index < name.byteCount {
            let (byte, length) = name.percentDecodedByte(at: index)
            index &+= length
            if byte.isAlphanumeric {
                let next = index < name.byteCount ? name.byte(index) : 0
                let isBoundary = count == 0 || Self.isBoundary(previous, byte, next)
                guard append(byte, startsWord: isBoundary) else { return false }
            }
            previous = byte
        }
        starting = wordCount
        return true
    }

    private mutating func append(_ byte: UInt8, startsWord: Bool) -> Bool {
        guard count < SecretNames.bytesMax else { return false }
        if startsWord {
            // So many short words are no name that anybody gave.
            guard wordCount < 32 else { return false }
            starts[wordCount] = UInt8(count)
            wordCount += 1
        }
        letters[count] = byte.asciiLowercased
        count += 1
        return true
    }

    /// Words begin after a separator, at `aB`, and at the `K` of `APIKey`; digits are words.
    private static func isBoundary(_ previous: UInt8, _ byte: UInt8, _ next: UInt8) -> Bool {
        guard previous.isAlphanumeric else { return true }
        if byte.isDigit { return false }
        guard byte.isUppercase else { return false }
        return !previous.isUppercase || next.isLowercase
    }

    private func word(_ index: Int) -> Range<Int> {
        guard index >= 0 else { return 0..<0 }
        let start = Int(starts[index])
        var end = index + 1 < starting ? Int(starts[index + 1]) : count
        // Digits at a word's end number it: `password2`, `otp1`.
        while end > start + 1, letters[end - 1].isDigit { end -= 1 }
        return start..<end
    }

    var lastIsDigits: Bool { last.count == 1 && letters[last.lowerBound].isDigit }

    mutating func removeLast() { wordCount -= 1 }
    mutating func restore() { wordCount = starting }

    func hasSuffix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return length <= end && matches(text, at: end - length)
    }

    func isWhole(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && matches(text, at: 0)
    }

    func lastWordIs(_ text: StaticString) -> Bool { isWord(last, text) }

    /// Whether the word is `text`, or `text` and a plural `s`.
    func isWord(_ word: Range<Int>, _ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard word.count == length || word.count == length + 1 && letters[word.upperBound - 1] == 0x73
        else { return false }
        return matches(text, at: word.lowerBound)
    }

    func contains(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard length <= count else { return false }
        for start in 0...(count - length) where matches(text, at: start) { return true }
        return false
    }

    private func matches(_ text: StaticString, at start: Int) -> Bool {
        for offset in 0..<text.utf8CodeUnitCount {
            guard unsafe letters[start + offset] == text.utf8Start[offset] else { return false }
        }
        return true
    }
}
