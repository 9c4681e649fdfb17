import COpenSSL
import Foundation
import GatehouseCore
import TestSupport
import Testing

@testable import GatehouseCrypto

/// The moment at which test authorities are made; OpenSSL checks dates against the real clock.
let testNow = WallTime.now

/// A folder that goes with its owner.
final class TemporaryFolder {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.path + "/gatehouse-" + UUID().uuidString
        try? FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// An authority, and a server certificate of it for `hosts`.
struct TestAuthority {
    let folder = TemporaryFolder()
    let files: LocalAuthority.Files
    let certificate: TLSCertificate

    init(_ hosts: [String] = ["api.test"]) throws {
        files = try LocalAuthority.ensure(in: folder.path, hosts: hosts, now: testNow)
        certificate = try TLSCertificate(certificate: files.certificate, key: files.key)
    }

    func server(_ minimum: TLSVersion = .tls12) throws -> TLSServerContext {
        try TLSServerContext(certificates: [certificate], minimum: minimum)
    }

    func client(atMost version: TLSVersion = .tls13) throws -> TLSClientContext {
        let context = try TLSClientContext(trust: .file(files.authority))
        context.limit(to: version)
        return context
    }
}

extension TLSClientContext {
    /// Offers nothing newer than `version`.
    func limit(to version: TLSVersion) {
        unsafe _ = gh_SSL_CTX_set_max_proto_version(handle.pointer, version.number)
    }
}

extension TLSSession {
    /// Offers the session that `earlier` was given a ticket for.
    func resume(from earlier: TLSSession) {
        let session = unsafe SSL_get1_session(earlier.ssl)
        unsafe _ = SSL_set_session(ssl, session)
        unsafe SSL_SESSION_free(session)
    }

    /// What a client of ours never does.
    func renegotiate(sending output: Buffer) {
        unsafe gh_SSL_allow_renegotiation(ssl)
        unsafe _ = SSL_renegotiate(ssl)
        channel.attach(input: nil, output: output)
        unsafe _ = SSL_do_handshake(ssl)
        channel.detach()
    }

    /// Sends a KeyUpdate that wants one back.
    func askForNewKeys() -> Bool {
        unsafe SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1
    }

    var hasPeerCertificate: Bool { unsafe SSL_get0_peer_certificate(ssl) != nil }
}

/// A client and a server in memory; what one sends lies in the other's input.
final class TLSPair {
    let server: TLSSession
    let client: TLSSession
    let toServer: Buffer
    let toClient: Buffer
    let atServer: Buffer
    let atClient: Buffer
    /// How many bytes of input one call gets.
    let bite: Int

    init(
        _ server: TLSServerContext, _ client: TLSClientContext, name: String = "api.test",
        capacity: Int = 65_536, plaintext: Int = 65_536, bite: Int = .max
    ) throws {
        self.server = try TLSSession(server: server)
        self.client = try TLSSession(client: client, serverName: name)
        toServer = Buffer(capacity: capacity)
        toClient = Buffer(capacity: capacity)
        atServer = Buffer(capacity: plaintext)
        atClient = Buffer(capacity: plaintext)
        self.bite = bite
    }

    @discardableResult func turnOfServer() throws(TLSError) -> TLSSession.Progress {
        try turn(server, toServer, atServer, toClient)
    }

    @discardableResult func turnOfClient() throws(TLSError) -> TLSSession.Progress {
        try turn(client, toClient, atClient, toServer)
    }

    private func turn(
        _ session: TLSSession, _ input: Buffer, _ plaintext: Buffer, _ output: Buffer
    ) throws(TLSError) -> TLSSession.Progress {
        output.compact(to: 0)
        plaintext.compact(to: 0)
        guard input.count > bite else {
            return try session.process(input: input, plaintext: plaintext, output: output)
        }
        let piece = Buffer(capacity: bite)
        piece.append(input.readable.extracting(0..<bite))
        let progress = try session.process(input: piece, plaintext: plaintext, output: output)
        input.consume(bite - piece.count)
        return progress
    }

    /// Runs both sides until both are through the handshake and nothing is in flight.
    func shake() throws(TLSError) {
        for _ in 0..<100_000 {
            let client = try turnOfClient()
            let server = try turnOfServer()
            let isComplete = self.client.isHandshakeComplete && self.server.isHandshakeComplete
            let isQuiet = client == .needsInput && server == .needsInput
            if isComplete, isQuiet, toServer.isEmpty, toClient.isEmpty { return }
        }
        throw .internalFailure("the handshake does not end")
    }

    /// Encrypts `bytes` on one side and gives what comes out on the other.
    func carry(_ bytes: [UInt8], fromClient: Bool) throws(TLSError) -> [UInt8] {
        let (sender, wire) = fromClient ? (client, toServer) : (server, toClient)
        let arrived = fromClient ? atServer : atClient
        var sent = 0
        var received: [UInt8] = []
        received.reserveCapacity(bytes.count)
        while received.count < bytes.count {
            wire.compact(to: 0)
            sent += try sender.encrypt(bytes.raw.extracting(sent..<bytes.count), output: wire)
            _ = fromClient ? try turnOfServer() : try turnOfClient()
            received += drain(arrived)
        }
        return received
    }
}

/// Everything that lies unread in a buffer.
func drain(_ buffer: Buffer) -> [UInt8] {
    let bytes = buffer.readable.array
    buffer.clear()
    return bytes
}

/// Bytes that repeat late enough for a lost or swapped piece to show.
func pattern(_ count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { target, filled in
        for index in 0..<count {
            unsafe target[index] = UInt8(truncatingIfNeeded: index &* 31 &+ index &>> 8)
        }
        filled = count
    }
}

/// Runs a program to its end.
@discardableResult
func run(_ arguments: String...) throws -> (status: Int32, output: String) {
    let process = ChildProcess()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}
