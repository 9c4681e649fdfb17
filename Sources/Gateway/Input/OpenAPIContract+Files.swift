import GatehouseCore
import GatehouseValidation

/// Reading a document, and the local files that it refers to.
extension OpenAPIContract {
    /// Bytes of one file.
    private static let fileBytesMax = 16 << 20
    /// Public documents of large APIs have some hundred thousand values.
    private static let bounds = YAMLBounds(
        bytesMax: fileBytesMax, depthMax: 128, nodesMax: 2_000_000)

    /// The document of a configuration with all its files.
    static func document(
        at path: String, _ settings: Configuration.Validation
    ) throws(ConfigurationError) -> OpenAPIDocument {
        let folder = settings.references ?? FilePath.folder(of: path)
        let uri = try Self.path(path, from: folder)
        guard let json = try read(path, named: uri) else {
            throw .invalid("validation.openapi", "\(path) cannot be read")
        }
        var files = try schema { () throws(SchemaError) in try OpenAPIFiles(json.raw, at: uri) }
        while let next = files.next() {
            // Who needs one that is not there says so, with its own place.
            guard
                let file = try read(FilePath.resolve(next.path, in: folder), named: next.path)
            else { continue }
            try schema { () throws(SchemaError) in try files.add(file.raw, for: next) }
        }
        return try schema { () throws(SchemaError) in
            try OpenAPIDocument(json.raw, at: uri, registry: files.registry)
        }
    }

    /// A document as a tree, once it proved to be one that can be enforced. What stands in other
    /// files is not part of it.
    static func tree(
        _ path: String, _ settings: Configuration.Validation = Configuration.Validation()
    ) throws(StartError) -> DocumentTree {
        do {
            _ = try document(at: path, settings)
            guard let json = try read(path, named: path) else {
                throw StartError("\(path) cannot be read")
            }
            return try DocumentTree(json: json, limits: SchemaOptions().json)
        } catch let error as StartError { throw error } catch {
            throw StartError("\(path): \(error)")
        }
    }

    private static func schema<Result>(
        _ work: () throws(SchemaError) -> Result
    ) throws(ConfigurationError) -> Result {
        do throws(SchemaError) { return try work() } catch {
            throw .invalid("validation.openapi", "\(error)")
        }
    }

    /// The path as references see it.
    private static func path(
        _ path: String, from folder: String
    ) throws(ConfigurationError) -> String {
        if folder.isEmpty { return path }
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        guard path.hasPrefix(prefix) else {
            throw .invalid("validation.openapi", "\(path) is not in the folder of `references`")
        }
        return String(path.dropFirst(prefix.count))
    }

    /// A file's JSON, also from YAML; nil if it cannot be read.
    private static func read(
        _ path: String, named name: String
    ) throws(ConfigurationError) -> [UInt8]? {
        guard case .content(let content, _) = FileLook(path: path, bytesMax: fileBytesMax) else {
            return nil
        }
        let bytes = content.dangerouslyRevealed
        let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        if first == UInt8(ascii: "{") { return bytes }
        let root: YAMLNode?
        do throws(YAMLFault) { root = try YAMLReader.read(bytes, within: bounds) } catch {
            throw .invalid(
                "validation.openapi",
                "\(name): line \(error.span.start.line): \(error.problem): found \(error.found), "
                    + "expected \(error.expected)")
        }
        guard let root else { throw .invalid("validation.openapi", "\(name) is empty") }
        return root.json()
    }
}
