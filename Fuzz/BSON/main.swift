// Answers of a document database. What is accepted is written again and reads the same, and no key
// in it is an operator or a path.
@testable import GatehouseStorage

func check(_ value: DocumentValue) {
    switch value {
    case .list(let items): items.forEach(check)
    case .document(let document):
        for field in document.fields {
            precondition(!field.name.isEmpty && !field.name.hasPrefix("$"))
            precondition(!field.name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: ".") })
            check(field.value)
        }
    default: return
    }
}

/// Documents and reports on any bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? BSONReader.report(bytes)
    guard let document = try? BSONReader.document(bytes) else { return 0 }
    check(.document(document))
    let written = BSONWriter.bytes(document)
    guard let again = try? BSONReader.document(written) else { fatalError("refuses its own bytes") }
    // NaN is unlike itself: bytes are compared.
    precondition(BSONWriter.bytes(again) == written)
    return 0
}
