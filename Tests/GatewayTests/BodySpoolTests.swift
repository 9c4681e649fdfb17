import GatehouseCore
import GatehouseHTTP
import Glibc
import TestSupport
import Testing

@testable import Gatehouse

@Suite struct BodySpoolTests {
    private func piece(_ index: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 100_000)
    }

    @Test func `says what is wrong when a body is too long, or the folder takes no file`() throws {
        let long = BodySpool(folder: "/", bytesMax: 150_000)
        try long.append(piece(0).raw)
        #expect(throws: BodySpool.Failure.tooLarge) { try long.append(piece(1).raw) }
        let homeless = BodySpool(folder: "/nowhere", bytesMax: 10 << 20)
        #expect(throws: BodySpool.Failure.disk(ENOENT)) {
            for index in 0..<20 { try homeless.append(piece(index).raw) }
        }
        #expect(Rejection(spool: .disk(ENOSPC)).status == 503)
        #expect(Rejection(spool: .tooLarge).status == 413)
    }

    @Test(arguments: [0, 1, 10, 11, 40])
    func `gives back what it kept, from memory and from a file without a name`(
        _ pieces: Int
    ) async throws {
        let folder = try ScratchFolder()
        let spool = BodySpool(folder: folder.path, bytesMax: 10 << 20)
        for index in 0..<pieces { try spool.append(piece(index).raw) }
        let body = spool.finish()
        let buffer = Buffer(capacity: 7_777)
        var found: [UInt8] = []
        while try await body.read(into: buffer) {
            found += buffer.readable.array
            buffer.clear()
        }
        #expect(found == (0..<pieces).flatMap { piece($0) })
        #expect(spool.count == found.count)
        #expect(try Tool("ls", [folder.path]).output.isEmpty)
    }
}
