package import GatehouseCore
import Glibc

/// What a configuration may refer to outside its own text: the environment and files. Tests and the
/// fuzz target bring their own.
package struct Surroundings: Sendable {
    package let environment: @Sendable (_ name: String) -> [UInt8]?
    package let file: @Sendable (_ path: String, _ bytesMax: Int) -> FileLook

    package init(
        environment: @escaping @Sendable (String) -> [UInt8]?,
        file: @escaping @Sendable (String, Int) -> FileLook
    ) {
        self.environment = environment
        self.file = file
    }

    /// The process's environment and the file system.
    package static let process = Surroundings(
        environment: { name in
            guard let value = unsafe getenv(name) else { return nil }
            return unsafe [UInt8](
                UnsafeBufferPointer(start: value, count: strlen(value)).map {
                    UInt8(bitPattern: $0)
                })
        },
        file: { path, bytesMax in FileLook(path: path, bytesMax: bytesMax) })
}

/// One look at a file: its content and who may read it, or why not.
package enum FileLook: Sendable {
    case content(Redacted<[UInt8]>, mode: UInt32)
    case failure(String)

    /// Reads a regular file of at most `bytesMax` bytes. Never waits: a pipe or a device is
    /// refused.
    package init(path: String, bytesMax: Int) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            self = .failure(Self.reason(errno))
            return
        }
        defer { close(descriptor) }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else {
            self = .failure(Self.reason(errno))
            return
        }
        guard information.st_mode & S_IFMT == S_IFREG else {
            self = .failure(
                information.st_mode & S_IFMT == S_IFDIR ? "a folder" : "no regular file")
            return
        }
        self = Self.read(descriptor, bytesMax: bytesMax, mode: information.st_mode)
    }

    private static func read(_ descriptor: Int32, bytesMax: Int, mode: UInt32) -> FileLook {
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while content.count <= bytesMax {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return .failure(reason(errno)) }
            if count == 0 { return .content(Redacted(content), mode: mode) }
            content.append(contentsOf: chunk[..<count])
        }
        return .failure("more than \(ByteCount.bytes(bytesMax))")
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case ENOENT: "no such file"
        case EACCES, EPERM: "no permission to read it"
        case ENOTDIR: "a part of the path is no folder"
        case ELOOP: "too many symbolic links"
        case ENAMETOOLONG: "a name that is too long"
        default: "error \(code)"
        }
    }
}

/// Paths in a configuration are relative to its folder.
enum FilePath {
    static func resolve(_ path: String, in folder: String) -> String {
        if path.hasPrefix("/") || folder.isEmpty { return path }
        var rest = Substring(path)
        while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
        return folder.hasSuffix("/") ? folder + rest : folder + "/" + rest
    }

    /// The folder that holds `path`: empty for a bare name.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
