import CHiredis
import GatehouseCore

/// hiredis' reader of replies, with bounds on what a reply may hold.
///
/// Depth is hiredis' own bound: seven arrays within each other.
@safe final class RedisReplyReader {
    private let reader: UnsafeMutablePointer<redisReader>
    /// Elements of the reply that is being read; hiredis hands its place to `makeArray`.
    private let elements: UnsafeMutablePointer<Int>
    private let bytesMax: Int
    /// Bytes taken since the last whole reply.
    private var bytes = 0

    /// Most elements in one reply, those of inner arrays included: each costs hiredis some 60
    /// bytes, and a few bytes on the wire announce many.
    private static let elementsMax = 1 << 20

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
        guard let reader = unsafe redisReaderCreateWithFunctions(RedisReplyObjects.functions) else {
            preconditionFailure("no memory for a reader")
        }
        unsafe self.reader = reader
        unsafe elements = .allocate(capacity: 1)
        unsafe elements.initialize(to: Self.elementsMax)
        unsafe reader.pointee.privdata = UnsafeMutableRawPointer(elements)
    }

    deinit {
        unsafe redisReaderFree(reader)
        unsafe elements.deallocate()
    }

    /// Takes in bytes as they came.
    func feed(_ input: RawSpan) throws(RedisError) {
        bytes += input.byteCount
        let code = unsafe input.withUnsafeBytes { bytes in
            unsafe redisReaderFeed(
                reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard code == REDIS_OK else { throw .malformed("the reader gave up") }
    }

    /// The next whole reply; nil until more bytes came.
    func next() throws(RedisError) -> RedisReply? {
        var object: UnsafeMutableRawPointer?
        guard unsafe redisReaderGetReply(reader, &object) == REDIS_OK else {
            throw .malformed("no reply, or one that is too large")
        }
        guard let object = unsafe object else {
            if bytes > bytesMax { throw .malformed("a reply that is too large") }
            return nil
        }
        defer { unsafe freeReplyObject(object) }
        bytes = unsafe Int(reader.pointee.len - reader.pointee.pos)
        unsafe elements.pointee = Self.elementsMax
        return unsafe Self.value(object.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private static func value(_ reply: redisReply) -> RedisReply {
        switch unsafe reply.type {
        case REDIS_REPLY_INTEGER: return unsafe .integer(reply.integer)
        case REDIS_REPLY_STRING: return unsafe .bytes(text(reply))
        case REDIS_REPLY_STATUS: return unsafe .status(String(decoding: text(reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: return unsafe .error(RedisServerError(text(reply)))
        case REDIS_REPLY_ARRAY:
            var values: [RedisReply] = []
            values.reserveCapacity(unsafe reply.elements)
            for index in unsafe 0..<reply.elements {
                // hiredis gives out whole replies only.
                guard let element = unsafe reply.element[index] else { continue }
                unsafe values.append(value(element.pointee))
            }
            return .array(values)
        default: return .null
        }
    }

    private static func text(_ reply: redisReply) -> [UInt8] {
        guard let start = unsafe reply.str else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: reply.len))
    }
}

/// hiredis' own makers of replies, but for arrays, which get a bound first.
private enum RedisReplyObjects {
    /// Written once, before the first reader is made, and only read after that.
    private static let original: redisReplyObjectFunctions = {
        guard let reader = unsafe redisReaderCreate() else {
            preconditionFailure("no memory for a reader")
        }
        defer { unsafe redisReaderFree(reader) }
        return unsafe reader.pointee.fn.pointee
    }()

    /// See `original`.
    nonisolated(unsafe) static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        unsafe functions.initialize(to: original)
        unsafe functions.pointee.createArray = { task, count in
            guard let left = unsafe task?.pointee.privdata?.assumingMemoryBound(to: Int.self)
            else { return nil }
            unsafe left.pointee -= Int(max(count, 0))
            guard unsafe left.pointee >= 0 else { return nil }
            return unsafe original.createArray(task, count)
        }
        return unsafe functions
    }()
}
