import CCurl
import GatehouseCore

/// Gets one small document over HTTPS. Blocks: call it on a thread of its own.
///
/// Certificates are checked, redirects are not followed, no proxy and no credential of the
/// environment is used, and an answer that is too large is cut off while it comes.
package struct HTTPSFetcher: Sendable {
    /// What came.
    package struct Answer: Sendable {
        package let body: [UInt8]
        /// `max-age` of `Cache-Control`, when there is one.
        package let maxAge: Duration?
    }

    /// Why nothing came.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    private let authority: String?
    private let allowsPlaintext: Bool
    private static let bytesMax = 262_144
    private static let connectSeconds = 5
    private static let totalSeconds = 10
    private static let prepared: Bool = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK }()

    /// - Parameters:
    ///   - authority: path of certificates (PEM) that servers are checked with; nil for the
    ///     system's.
    ///   - allowsPlaintext: gets `http` too; for loopback in tests.
    package init(authority: String? = nil, allowsPlaintext: Bool = false) {
        self.authority = authority
        self.allowsPlaintext = allowsPlaintext
    }

    private final class Download {
        var body: [UInt8] = []
        var head: [UInt8] = []
    }

    /// The document at an address.
    package func get(_ url: String) throws(Failure) -> Answer {
        guard Self.prepared, let curl = unsafe curl_easy_init() else {
            throw Failure(description: "no memory")
        }
        defer { unsafe curl_easy_cleanup(curl) }
        unsafe configure(curl, url)
        let download = Download()
        let target = unsafe Unmanaged.passUnretained(download).toOpaque()
        unsafe _ = gh_curl_set_pointer(curl, CURLOPT_WRITEDATA, target)
        unsafe _ = gh_curl_set_pointer(curl, CURLOPT_HEADERDATA, target)
        unsafe _ = gh_curl_set_callback(curl, CURLOPT_WRITEFUNCTION) { bytes, size, count, data in
            unsafe HTTPSFetcher.take(bytes, size * count, data, isHead: false)
        }
        unsafe _ = gh_curl_set_callback(curl, CURLOPT_HEADERFUNCTION) { bytes, size, count, data in
            unsafe HTTPSFetcher.take(bytes, size * count, data, isHead: true)
        }
        let code = withExtendedLifetime(download) { unsafe curl_easy_perform(curl) }
        guard code == CURLE_OK else {
            throw Failure(description: unsafe String(cString: curl_easy_strerror(code)))
        }
        var status = 0
        unsafe _ = gh_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status)
        guard status == 200 else { throw Failure(description: "status \(status)") }
        return Answer(body: download.body, maxAge: Self.maxAge(download.head))
    }

    private static func take(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ data: UnsafeMutableRawPointer?,
        isHead: Bool
    ) -> Int {
        guard let bytes = unsafe bytes, let data = unsafe data else { return 0 }
        let download = unsafe Unmanaged<Download>.fromOpaque(data).takeUnretainedValue()
        let piece = (0..<count).map { unsafe UInt8(bitPattern: bytes[$0]) }
        if isHead { download.head += piece } else { download.body += piece }
        // Less than was given stops the transfer.
        return download.body.count + download.head.count <= bytesMax ? count : 0
    }

    private func configure(_ curl: UnsafeMutableRawPointer, _ url: String) {
        unsafe _ = gh_curl_set_text(curl, CURLOPT_URL, url)
        unsafe _ = gh_curl_set_text(
            curl, CURLOPT_PROTOCOLS_STR, allowsPlaintext ? "https,http" : "https")
        unsafe _ = gh_curl_set_text(curl, CURLOPT_PROXY, "")
        unsafe _ = gh_curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        unsafe _ = gh_curl_set_long(curl, CURLOPT_FOLLOWLOCATION, 0)
        unsafe _ = gh_curl_set_long(curl, CURLOPT_CONNECTTIMEOUT, Self.connectSeconds)
        unsafe _ = gh_curl_set_long(curl, CURLOPT_TIMEOUT, Self.totalSeconds)
        unsafe _ = gh_curl_set_long(curl, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        unsafe _ = gh_curl_set_text(curl, CURLOPT_USERAGENT, "gatehouse")
        if let authority { unsafe _ = gh_curl_set_text(curl, CURLOPT_CAINFO, authority) }
    }

    private static func maxAge(_ head: [UInt8]) -> Duration? {
        let text = String(decoding: head, as: UTF8.self).lowercased()
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("cache-control:") {
            for part in line.dropFirst(14).split(separator: ",") {
                let words = part.split(separator: "=")
                guard words.count == 2, words[0].drop(while: { $0 == " " }) == "max-age" else {
                    continue
                }
                return Int64(words[1]).map { .seconds($0) }
            }
        }
        return nil
    }
}
