import GatehouseCore
import GatehouseValidation

/// Validation: a file with the schema on its first line and the document on its second; parsing is
/// part of the work.
enum SchemaWork {
    private struct Prepared {
        let schema: [UInt8]
        let document: [UInt8]
    }

    private final class Memory {
        var tape = JSONTape()
        var scratch = SchemaScratch()
    }

    private static func prepare(_ file: String) -> Prepared? {
        guard let bytes = contents(file) else { return nil }
        let lines = bytes.split(separator: 0x0A)
        guard lines.count == 2 else { return nil }
        return Prepared(schema: Array(lines[0]), document: Array(lines[1]))
    }

    private static let limits = {
        var limits = JSONLimits()
        limits.bytesMax = .mebibytes(16)
        limits.elementsMax = 1_000_000
        limits.valuesMax = 10_000_000
        return limits
    }()

    /// JSON Schema, compiled once.
    static func validate(_ file: String) -> Work? {
        guard let prepared = prepare(file),
            let schema = try? JSONSchema(prepared.schema.raw)
        else { return nil }
        let memory = Memory()
        return Work {
            var tape = JSONTape()
            swap(&tape, &memory.tape)
            defer { swap(&tape, &memory.tape) }
            let document = prepared.document
            guard let root = try? tape.parse(document.raw, limits: limits) else { return false }
            return schema.accepts(root, using: &memory.scratch)
        }
    }

    /// Parsing alone, with every check of the reader.
    static func parse(_ file: String) -> Work? {
        guard let prepared = prepare(file) else { return nil }
        let memory = Memory()
        return Work {
            var tape = JSONTape()
            swap(&tape, &memory.tape)
            defer { swap(&tape, &memory.tape) }
            let document = prepared.document
            guard let root = try? tape.parse(document.raw, limits: limits) else { return false }
            return root.kind == .object || root.kind == .array
        }
    }
}
