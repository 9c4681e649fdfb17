import Foundation
import Glibc
import TestSupport

/// A TLS connection made by OpenSSL's own client, which verifies against the local authority.
final class TLSClient {
    private let process = ChildProcess()
    private let input = Pipe()
    private let output = Pipe()
    private var text = ""

    /// Connects; `folder` is the gate's, with its authority in `data/tls`.
    init(port: UInt16, _ folder: URL) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost", "-ign_eof",
            "-CAfile", folder.path + "/data/tls/authority.pem", "-verify_return_error",
            "-verify_hostname", "localhost", "-nocommands",
        ]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// The server's certificate in PEM.
    var certificate: String? {
        guard let begin = text.range(of: "-----BEGIN CERTIFICATE-----"),
            let end = text.range(of: "-----END CERTIFICATE-----")
        else { return nil }
        return String(text[begin.upperBound..<end.lowerBound])
    }

    /// Everything said up to the end of the answer to one more request.
    func get(_ path: String) -> String {
        let already = text.utf8.count
        input.fileHandleForWriting.write(Data(FaultGate.request(path).utf8))
        while true {
            let new = String(decoding: text.utf8.dropFirst(already), as: UTF8.self)
            if let head = new.range(of: "HTTP/1.1 "), new[head.upperBound...].contains("fixed") {
                return String(new[head.lowerBound...])
            }
            let piece = output.fileHandleForReading.availableData
            if piece.isEmpty { return new }
            text += String(decoding: piece, as: UTF8.self)
        }
    }
}
