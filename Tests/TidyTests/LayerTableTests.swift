import Testing

@Suite struct LayerTableTests {
    static let document = """
        # Title
        <!-- layers -->
        | Module | Folder | May import | C libraries | Holds |
        |---|---|---|---|---|
        | `Low` | `Sources/Low` | – | `CLib` | clocks |
        | `High` | `Sources/High` | `Low` | – | all |

        Everywhere: `Glibc`, `Synchronization`.
        <!-- /layers -->
        | `Other` | `x` | – | – | – |
        """

    @Test func `refuses imports upwards, of foreign libraries and of strangers`() throws {
        let table = try #require(LayerTable(Self.document))
        let low = SourceText(
            "Sources/Low/A.swift", "import Glibc\nimport CLib\npackage import High\n")
        #expect(table.findings(low).map(\.line) == [3])
        let high = SourceText(
            "Sources/High/A.swift",
            "public import Low\nimport CLib\n@preconcurrency import Foundation\n"
                + "import struct Low.A\n"
        )
        #expect(table.findings(high).map(\.line) == [2, 3])
        #expect(table.findings(SourceText("Sources/New/A.swift", "")).count == 1)
    }

    @Test func `refuses a table that contradicts itself`() throws {
        let upwards = Self.document.replacing("`Sources/Low` | –", with: "`Sources/Low` | `High`")
        #expect(try #require(LayerTable(upwards)).inconsistencies.count == 1)
        let shared = Self.document.replacing("`Low` | – | all", with: "`Low` | `CLib` | all")
        #expect(try #require(LayerTable(shared)).inconsistencies.count == 1)
        #expect(try #require(LayerTable(Self.document)).inconsistencies == [])
    }

    @Test func `reads only the part between its markers`() throws {
        let table = try #require(LayerTable(Self.document))
        #expect(table.layers.map(\.module) == ["Low", "High"])
        #expect(table.layers.map(\.folder) == ["Sources/Low", "Sources/High"])
        #expect(table.everywhere == ["Glibc", "Synchronization"])
        #expect(LayerTable("# Title\n") == nil)
    }

    @Test func `refuses a manifest that differs from the table`() throws {
        let table = try #require(LayerTable(Self.document))
        let manifest = """
            func module(_ folder: String, _ dependencies: [Target.Dependency]) -> Target { a }
            module("Low", ["CLib"]),
            module(
                "High", named: "Top",
                ["Low"]),
            """
        #expect(Manifest(manifest).disagreements(with: table) == [])
        let more = manifest.replacing("[\"Low\"]", with: "[\"Low\", \"Extra\"]")
        #expect(Manifest(more).disagreements(with: table).count == 1)
        let missing = manifest.replacing("module(\"Low\", [\"CLib\"]),", with: "")
        #expect(Manifest(missing).disagreements(with: table) == ["Sources/Low has no target"])
    }
}
