import Testing

/// The repository against its rules.
@Suite struct TidyTests {
    @Test func `finds the sources that the rules read`() {
        #expect(Repository.paths.contains("Package.swift"))
        #expect(Repository.swift.count { $0.isSource } > 20)
        #expect(Repository.swift.count { $0.isTest } > 10)
        print("tidy: \(Repository.files.count) files, \(Repository.swift.count) of them Swift")
    }

    @Test(arguments: Rule.all) func `keeps the rule`(_ rule: Rule) {
        let files = Repository.files
        let reads = files.count(where: rule.applies)
        #expect(reads > 0, "the rule reads no file")
        report(rule.findings(in: files, allowing: allowances))
    }

    @Test func `imports only what the layer table allows`() throws {
        let table = try #require(layers())
        #expect(table.layers.count > 8)
        #expect(table.inconsistencies == [])
        let sources = Repository.swift.filter(\.isSource)
        report(sources.flatMap { table.findings($0) })
    }

    @Test func `declares in Package.swift what the layer table says`() throws {
        let table = try #require(layers())
        let manifest = Manifest(try #require(Repository.text("Package.swift")))
        #expect(manifest.disagreements(with: table) == [])
    }

    @Test func `gives files of one module different names`() {
        report(FileNames.findings(Repository.swift))
    }

    @Test func `tests every control under its own name`() {
        report(ControlTests.findings(Repository.files))
    }

    @Test func `has no dead links in its documents`() {
        let documents = Repository.files.filter { $0.path.hasSuffix(".md") }
        #expect(documents.count > 5)
        report(
            documents.flatMap {
                Links.findings($0, exists: Repository.exists, text: Repository.text)
            })
    }

    @Test func `keeps no allowance that nothing needs`() {
        for allowance in allowances {
            let rule = Rule.all.first { $0.name == allowance.rule }
            let file = Repository.files.first { $0.path == allowance.path }
            #expect(allowance.reason.split(separator: " ").count >= 5, "\(allowance.path): say why")
            guard let rule, let file else {
                Issue.record("\(allowance.path) is gone; so goes its allowance")
                continue
            }
            #expect(!rule.check(file).isEmpty, "\(allowance.path) no longer breaks “\(rule.name)”")
        }
    }

    private func layers() -> LayerTable? {
        Repository.text("docs/ARCHITECTURE.md").flatMap { LayerTable($0) }
    }

    private func report(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
        for finding in findings { Issue.record("\(finding)", sourceLocation: sourceLocation) }
    }
}
