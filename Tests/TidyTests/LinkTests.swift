import Testing

@Suite struct LinkTests {
    private let files = ["docs/A.md": "# One two\n", "README.md": "# Gate\n"]

    @Test(arguments: [
        ("[a](B.md)", 1), ("[a](../LICENSE)", 1), ("[a](A.md#three)", 1), ("[a](../../x)", 1),
        ("[a](#nothing)", 1), ("[a](A.md)", 0), ("[a](../README.md#gate)", 0),
        ("[a](A.md#one-two)", 0), ("[a](https://example.com/x)", 0), ("[a](#here)", 0),
    ])
    func `finds links that lead nowhere`(_ line: String, _ count: Int) {
        let document = SourceText("docs/C.md", "# Here\n\(line)\n```\n[x](gone)\n```\n")
        let found = Links.findings(
            document, exists: { files[$0] != nil || $0 == "docs/C.md" }, text: { files[$0] })
        #expect(found.count == count)
    }

    @Test func `finds two files of one name in one module`() {
        let one = SourceText("Sources/Gateway/A.swift", "")
        let two = SourceText("Sources/Gateway/Deep/A.swift", "")
        let elsewhere = SourceText("Sources/Core/A.swift", "")
        #expect(FileNames.findings([one, elsewhere, two]).map(\.path) == [two.path])
        #expect(FileNames.findings([one, elsewhere]).isEmpty)
    }

    @Test func `finds controls without a test of their name`() {
        let control = SourceText(
            "Sources/Defense/Headers/Frames.swift", "public struct Frames: Control {}")
        let seam = SourceText("Sources/Defense/Headers/FrameText.swift", "struct FrameText {}")
        let elsewhere = SourceText("Sources/Defense/Chain.swift", "")
        let test = SourceText("Tests/DefenseTests/Headers/FramesTests.swift", "")
        #expect(ControlTests.findings([control, seam, elsewhere]).map(\.path) == [control.path])
        #expect(ControlTests.findings([control, seam, test]).isEmpty)
    }
}
