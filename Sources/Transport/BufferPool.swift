package import GatehouseCore

/// A loop's spare buffers: a connection holds one only while bytes are pending.
package final class BufferPool {
    private var spare: [Buffer] = []
    private let size: ByteCount
    /// Most buffers kept for later; more are freed.
    private static let spareMax = 64

    init(size: ByteCount) { self.size = size }

    /// An empty buffer.
    package func borrow() -> Buffer { spare.popLast() ?? Buffer(capacity: size.bytes) }

    /// Takes a buffer back; nobody may use it afterwards.
    package func giveBack(_ buffer: Buffer) {
        guard buffer.capacity == size.bytes, spare.count < Self.spareMax else { return }
        buffer.clear()
        spare.append(buffer)
    }
}
