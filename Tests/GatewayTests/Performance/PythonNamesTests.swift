import Foundation
import TestSupport
import Testing

/// Python notices a name that is not there when it gets to it: in the benchmarks after minutes.
@Suite(.enabled(if: Tool.hasPythonPackage("pyflakes"), "pyflakes is not installed in .venv"))
struct PythonNamesTests {
    @Test func `every name is defined and every import used`() throws {
        var files = ["\(Tool.root)/Benchmarks/run"]
        for folder in ["Benchmarks", "Examples", "Tests", "Fuzz", "scripts"] {
            files += try FileManager.default.subpathsOfDirectory(atPath: "\(Tool.root)/\(folder)")
                .filter { $0.hasSuffix(".py") }.map { "\(Tool.root)/\(folder)/\($0)" }
        }
        #expect(files.count > 15)
        let looked = try Tool(python: ["-m", "pyflakes"] + files.sorted())
        #expect(looked.code == 0, "\(looked.output)\(looked.error)")
    }
}
