package import GatehouseCore

/// A body that is all there.
package final class MemoryBody: BodySource {
    private var bytes: [UInt8]
    private var offset = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// All of it at once; nil when a part was read.
    func take() -> [UInt8]? {
        guard offset == 0 else { return nil }
        let whole = bytes
        bytes = []
        return whole
    }

    package var isReady: Bool { true }

    package func read(into output: Buffer) async throws(BodyError) -> Bool {
        let count = min(output.free, bytes.count - offset)
        guard count > 0 else { return false }
        let bytes = bytes
        output.append(bytes.raw.slice(ByteRange(start: offset, count: count)))
        offset += count
        return true
    }
}
