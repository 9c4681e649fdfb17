import CCurl

/// One request in clear to a server on this machine. Blocks: for commands.
///
/// No proxy, no redirects, no credential of the environment; an answer that is too large is cut off
/// while it comes.
package struct HTTPCall: Sendable {
    /// What came.
    package struct Answer: Sendable {
        package let status: Int
        package let body: [UInt8]
    }

    /// Why nothing came.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    private static let bytesMax = 64 << 20
    private static let connectSeconds = 5
    private static let totalSeconds = 60
    private static let prepared: Bool = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK }()

    private final class Download {
        var body: [UInt8] = []
    }

    package init() {}

    /// Sends a request and waits for the answer.
    /// - Parameter fields: lines of the head, `Name: value`.
    package func send(
        _ method: String, _ url: String, fields: [String], body: [UInt8]
    ) throws(Failure) -> Answer {
        guard Self.prepared, let curl = unsafe curl_easy_init() else {
            throw Failure(description: "no memory")
        }
        defer { unsafe curl_easy_cleanup(curl) }
        var list: UnsafeMutablePointer<curl_slist>? = nil
        // libcurl would wait for a `100 Continue` that nobody sends.
        for field in fields + ["Expect:"] { unsafe list = curl_slist_append(list, field) }
        defer { unsafe curl_slist_free_all(list) }
        unsafe configure(curl, method, url)
        unsafe _ = gh_curl_set_pointer(curl, CURLOPT_HTTPHEADER, list)
        let download = Download()
        let target = unsafe Unmanaged.passUnretained(download).toOpaque()
        unsafe _ = gh_curl_set_pointer(curl, CURLOPT_WRITEDATA, target)
        unsafe _ = gh_curl_set_callback(curl, CURLOPT_WRITEFUNCTION) { bytes, size, count, data in
            guard let bytes = unsafe bytes, let data = unsafe data else { return 0 }
            let download = unsafe Unmanaged<Download>.fromOpaque(data).takeUnretainedValue()
            let length = size * count
            for index in 0..<length { unsafe download.body.append(UInt8(bitPattern: bytes[index])) }
            // Less than was given stops the transfer.
            return download.body.count <= HTTPCall.bytesMax ? length : 0
        }
        let code = withExtendedLifetime(download) { unsafe perform(curl, body) }
        guard code == CURLE_OK else {
            throw Failure(description: unsafe String(cString: curl_easy_strerror(code)))
        }
        var status = 0
        unsafe _ = gh_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status)
        return Answer(status: status, body: download.body)
    }

    /// libcurl reads the body where it lies.
    private func perform(_ curl: UnsafeMutableRawPointer, _ body: [UInt8]) -> CURLcode {
        guard !body.isEmpty else { return unsafe curl_easy_perform(curl) }
        var body = body
        return unsafe body.withUnsafeMutableBytes { bytes in
            unsafe _ = gh_curl_set_long(curl, CURLOPT_POSTFIELDSIZE, bytes.count)
            unsafe _ = gh_curl_set_pointer(curl, CURLOPT_POSTFIELDS, bytes.baseAddress)
            return unsafe curl_easy_perform(curl)
        }
    }

    private func configure(_ curl: UnsafeMutableRawPointer, _ method: String, _ url: String) {
        unsafe _ = gh_curl_set_text(curl, CURLOPT_URL, url)
        unsafe _ = gh_curl_set_text(curl, CURLOPT_CUSTOMREQUEST, method)
        unsafe _ = gh_curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "http")
        unsafe _ = gh_curl_set_text(curl, CURLOPT_PROXY, "")
        unsafe _ = gh_curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        unsafe _ = gh_curl_set_long(curl, CURLOPT_FOLLOWLOCATION, 0)
        unsafe _ = gh_curl_set_long(curl, CURLOPT_CONNECTTIMEOUT, Self.connectSeconds)
        unsafe _ = gh_curl_set_long(curl, CURLOPT_TIMEOUT, Self.totalSeconds)
        unsafe _ = gh_curl_set_text(curl, CURLOPT_USERAGENT, "gatehouse")
    }
}
