import Foundation

/// A server's key and certificate from an authority of its own, made by OpenSSL's program.
public struct ServerCertificate {
    /// Holds `server.crt`, `server.key`, both in one as `server.pem`, and `ca.crt`.
    public let folder: ScratchFolder
    /// The authority's certificate.
    public var authority: String { folder.path + "/ca.crt" }

    /// Makes them for names such as `DNS:localhost,IP:127.0.0.1`.
    public init(names: String) throws {
        folder = try ScratchFolder()
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try run(
            [
                "req", "-x509", "-days", "2", "-subj", "/CN=Tests", "-keyout", "ca.key", "-out",
                "ca.crt",
            ]
                + key)
        try run(
            [
                "req", "-x509", "-days", "2", "-subj", "/CN=server", "-CA", "ca.crt", "-CAkey",
                "ca.key", "-addext", "subjectAltName=\(names)", "-addext",
                "basicConstraints=critical,CA:FALSE", "-keyout", "server.key", "-out", "server.crt",
            ] + key)
        try folder.write(
            try folder.text("server.key") + folder.text("server.crt"), "server.pem")
    }

    private func run(_ arguments: [String]) throws {
        let tool = try Tool("openssl", arguments, in: folder.path)
        guard tool.code == 0 else { throw PostgreSQLServer.Failure(description: tool.error) }
    }
}
