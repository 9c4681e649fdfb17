import GatehouseStorage

/// Bytes of BSON (bsonspec.org 1.1), written and read without a tree of C values.
struct BSONWriter {
    private(set) var bytes: [UInt8] = []
    private var starts: [Int] = []

    /// Begins a document; `end` closes it.
    init() { open() }

    private mutating func open() {
        starts.append(bytes.count)
        bytes.append(contentsOf: [0, 0, 0, 0])
    }

    /// Ends the innermost document or list.
    mutating func end() {
        bytes.append(0)
        guard let start = starts.popLast() else { return }
        let size = UInt32(truncatingIfNeeded: bytes.count - start)
        for index in 0..<4 {
            bytes[start + index] = UInt8(truncatingIfNeeded: size >> UInt32(8 * index))
        }
    }

    private mutating func head(_ type: UInt8, _ name: String) {
        bytes.append(type)
        bytes.append(contentsOf: name.utf8)
        bytes.append(0)
    }

    private mutating func number(_ value: some FixedWidthInteger) {
        var rest = UInt64(truncatingIfNeeded: value)
        for _ in 0..<(value.bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// Begins an object inside: operators are written by the program with names of its own.
    mutating func object(_ name: String) {
        head(3, name)
        open()
    }

    /// Begins a list inside.
    mutating func list(_ name: String) {
        head(4, name)
        open()
    }

    /// Writes one field. Field names come from the program or a checked `Document`.
    mutating func write(_ name: String, _ value: DocumentValue) {
        switch value {
        case .null: head(10, name)
        case .bool(let truth):
            head(8, name)
            bytes.append(truth ? 1 : 0)
        case .integer(let whole):
            head(18, name)
            number(whole)
        case .double(let value):
            head(1, name)
            number(value.bitPattern)
        case .text(let text):
            head(2, name)
            number(Int32(truncatingIfNeeded: text.utf8.count + 1))
            bytes.append(contentsOf: text.utf8)
            bytes.append(0)
        case .bytes(let data):
            head(5, name)
            number(Int32(truncatingIfNeeded: data.count))
            bytes.append(0)
            bytes.append(contentsOf: data)
        case .date(let date):
            head(9, name)
            number(date.milliseconds)
        case .id(let id):
            head(7, name)
            number(id.high.byteSwapped)
            number(id.low.byteSwapped)
        case .list(let items):
            list(name)
            for (index, item) in items.enumerated() { write("\(index)", item) }
            end()
        case .document(let document):
            object(name)
            for field in document.fields { write(field.name, field.value) }
            end()
        }
    }

    /// A whole document.
    static func bytes(_ document: Document) -> [UInt8] {
        var writer = BSONWriter()
        for field in document.fields { writer.write(field.name, field.value) }
        writer.end()
        return writer.bytes
    }
}

/// Reads what a server sent: bounded by its own length, never trusting it.
struct BSONReader {
    private let bytes: [UInt8]
    private var position = 0
    /// A server's own report may have keys that a stored document may not.
    private let isReport: Bool

    /// Reads a whole document.
    static func document(_ bytes: [UInt8]) throws(DatabaseError) -> Document {
        var reader = BSONReader(bytes: bytes, isReport: false)
        return try Document(try reader.fields(depth: 0))
    }

    /// Reads a server's report on a command.
    static func report(_ bytes: [UInt8]) throws(DatabaseError) -> Document {
        var reader = BSONReader(bytes: bytes, isReport: true)
        return Document(unchecked: try reader.fields(depth: 0))
    }

    private init(bytes: [UInt8], isReport: Bool) {
        self.bytes = bytes
        self.isReport = isReport
    }

    private static var broken: DatabaseError { .unexpected("a damaged answer of MongoDB") }

    private mutating func take(_ count: Int) throws(DatabaseError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw Self.broken }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private mutating func number(_ size: Int) throws(DatabaseError) -> UInt64 {
        try take(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func size() throws(DatabaseError) -> Int {
        Int(Int32(truncatingIfNeeded: try number(4)))
    }

    private mutating func name() throws(DatabaseError) -> String {
        guard let end = bytes[position...].firstIndex(of: 0) else { throw Self.broken }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    private mutating func fields(
        depth: Int
    ) throws(DatabaseError) -> [(String, DocumentValue)] {
        guard depth <= Document.depthMax else { throw .unexpected("a document that is too deep") }
        let start = position
        let end = start + (try size())
        guard end > start + 4, end <= bytes.count else { throw Self.broken }
        var found: [(String, DocumentValue)] = []
        while true {
            let type = try number(1)
            if type == 0 { break }
            let name = try name()
            found.append((name, try value(UInt8(type), depth: depth)))
        }
        guard position == end else { throw Self.broken }
        return found
    }

    private mutating func value(
        _ type: UInt8, depth: Int
    ) throws(DatabaseError) -> DocumentValue {
        switch type {
        case 1: return .double(Double(bitPattern: try number(8)))
        case 2:
            let count = try size()
            guard count > 0 else { throw Self.broken }
            return .text(String(decoding: try take(count).dropLast(), as: UTF8.self))
        case 3:
            let inner = try fields(depth: depth + 1)
            return .document(isReport ? Document(unchecked: inner) : try Document(inner))
        case 4: return .list(try fields(depth: depth + 1).map(\.1))
        case 5:
            let count = try size()
            _ = try take(1)
            return .bytes(Array(try take(count)))
        case 7:
            let high = try number(8).byteSwapped
            return .id(
                DocumentID(high: high, low: UInt32(truncatingIfNeeded: try number(4)).byteSwapped))
        case 8: return .bool(try number(1) != 0)
        case 9:
            return .date(DocumentDate(milliseconds: Int64(bitPattern: try number(8))))
        case 10: return .null
        case 16: return .integer(Int64(Int32(truncatingIfNeeded: try number(4))))
        case 17 where isReport: return .integer(Int64(bitPattern: try number(8)))
        case 18: return .integer(Int64(bitPattern: try number(8)))
        default: throw .unexpected("a field of BSON type \(type)")
        }
    }
}
