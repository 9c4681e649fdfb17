import Foundation
import TestSupport

/// The compiler, for code that must not compile.
enum SwiftCompiler {
    static let isInstalled = Tool.path("swiftc") != nil

    /// Where this test's build keeps the modules.
    private static let modules: String? = {
        let bundle = CommandLine.arguments.compactMap { argument in
            argument.range(of: "/[^/]*\\.xctest", options: .regularExpression)
                .map { String(argument[..<$0.lowerBound]) }
        }
        return (bundle + [Tool.root + "/.build/debug"]).map { $0 + "/Modules" }
            .first { FileManager.default.fileExists(atPath: $0) }
    }()

    /// Whether a file compiles against our modules, and what the compiler says.
    static func check(_ code: String) throws -> (compiles: Bool, messages: String) {
        let folder = try ScratchFolder()
        try folder.write(code, "main.swift")
        let names = try FileManager.default.contentsOfDirectory(
            atPath: "\(Tool.root)/Sources/System")
        let maps = names.map { "\(Tool.root)/Sources/System/\($0)/module.modulemap" }
            .filter { FileManager.default.fileExists(atPath: $0) }
            .flatMap { ["-Xcc", "-fmodule-map-file=" + $0] }
        let includes = ["postgresql", "libmongoc-1.0", "libbson-1.0"]
            .flatMap { ["-Xcc", "-I/usr/include/" + $0] }
        let tool = try Tool(
            "swiftc",
            ["-typecheck", "-swift-version", "6", "-I", modules ?? "/", "main.swift"] + maps
                + includes, in: folder.path)
        // A missing module would refuse everything, and prove nothing.
        guard !tool.error.contains("no such module"), !tool.error.contains("missing required"),
            !tool.error.contains("<unknown>:0")
        else { throw PostgreSQLServer.Failure(description: tool.error) }
        return (tool.code == 0, tool.error)
    }
}
