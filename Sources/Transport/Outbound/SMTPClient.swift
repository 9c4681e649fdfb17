import CCurl
package import GatehouseCore

/// Hands one message to a mail server (RFC 5321), over TLS. Blocks: call it on a thread of its own.
package struct SMTPClient: Sendable {
    /// Where and how mail is handed over.
    package struct Settings: Sendable {
        /// `smtp://host:port` (STARTTLS) or `smtps://host:port`.
        package var url: String
        package var user: String?
        package var password: Redacted<[UInt8]>?
        /// Path of certificates that the server's is checked with; nil for the system's.
        package var authority: String?
        /// Goes on where the server offers no TLS.
        package var allowsPlaintext = false

        package init(url: String) { self.url = url }
    }

    /// What became of the message.
    package enum Outcome: Equatable, Sendable {
        /// The server took it.
        case accepted
        /// Not now: worth another try.
        case temporary(String)
        /// Never: the server refuses it.
        case permanent(String)
    }

    private let settings: Settings
    private static let connectSeconds = 10
    private static let totalSeconds = 60
    private static let prepared: Bool = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK }()

    package init(_ settings: Settings) { self.settings = settings }

    /// The bytes that are still to be sent.
    private final class Upload {
        let bytes: [UInt8]
        var offset = 0
        init(_ bytes: [UInt8]) { self.bytes = bytes }
    }

    /// Sends a message (RFC 5322, lines ending in CR LF) from and to one address each.
    package func send(_ message: [UInt8], from: String, to recipient: String) -> Outcome {
        guard Self.prepared, let curl = unsafe curl_easy_init() else {
            return .temporary("no memory")
        }
        defer { unsafe curl_easy_cleanup(curl) }
        let recipients = unsafe curl_slist_append(nil, "<\(recipient)>")
        defer { unsafe curl_slist_free_all(recipients) }
        unsafe configure(curl)
        unsafe _ = gh_curl_set_text(curl, CURLOPT_MAIL_FROM, "<\(from)>")
        unsafe _ = gh_curl_set_pointer(curl, CURLOPT_MAIL_RCPT, recipients)
        let upload = Upload(message)
        unsafe _ = gh_curl_set_long(curl, CURLOPT_UPLOAD, 1)
        unsafe _ = gh_curl_set_pointer(
            curl, CURLOPT_READDATA, Unmanaged.passUnretained(upload).toOpaque())
        unsafe _ = gh_curl_set_callback(curl, CURLOPT_READFUNCTION) { target, size, count, data in
            guard let target = unsafe target, let data = unsafe data else { return 0 }
            let upload = unsafe Unmanaged<Upload>.fromOpaque(data).takeUnretainedValue()
            let length = min(size * count, upload.bytes.count - upload.offset)
            for index in 0..<length {
                unsafe target[index] = CChar(bitPattern: upload.bytes[upload.offset + index])
            }
            upload.offset += length
            return length
        }
        let code = withExtendedLifetime(upload) { unsafe curl_easy_perform(curl) }
        return unsafe outcome(code, curl)
    }

    private func configure(_ curl: UnsafeMutableRawPointer) {
        unsafe _ = gh_curl_set_text(curl, CURLOPT_URL, settings.url)
        unsafe _ = gh_curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        unsafe _ = gh_curl_set_text(curl, CURLOPT_PROXY, "")
        unsafe _ = gh_curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        unsafe _ = gh_curl_set_long(curl, CURLOPT_CONNECTTIMEOUT, Self.connectSeconds)
        unsafe _ = gh_curl_set_long(curl, CURLOPT_TIMEOUT, Self.totalSeconds)
        let level = settings.allowsPlaintext ? CURLUSESSL_TRY : CURLUSESSL_ALL
        unsafe _ = gh_curl_set_long(curl, CURLOPT_USE_SSL, Int(level.rawValue))
        unsafe _ = gh_curl_set_long(curl, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let authority = settings.authority {
            unsafe _ = gh_curl_set_text(curl, CURLOPT_CAINFO, authority)
        }
        if let user = settings.user, let password = settings.password {
            unsafe _ = gh_curl_set_text(curl, CURLOPT_USERNAME, user)
            let text = String(decoding: password.dangerouslyRevealed, as: UTF8.self)
            unsafe _ = gh_curl_set_text(curl, CURLOPT_PASSWORD, text)
        }
    }

    /// 4xx and broken connections are temporary, 5xx are not (RFC 5321 section 4.2.1).
    private func outcome(_ code: CURLcode, _ curl: UnsafeMutableRawPointer) -> Outcome {
        if code == CURLE_OK { return .accepted }
        var reply = 0
        unsafe _ = gh_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &reply)
        let text = unsafe String(cString: curl_easy_strerror(code))
        let isRefusal = reply >= 500 && reply < 600 && code != CURLE_LOGIN_DENIED
        return isRefusal ? .permanent("\(reply): \(text)") : .temporary("\(reply): \(text)")
    }
}
