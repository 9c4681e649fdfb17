import Testing

@Suite struct ScenarioTests {
    @Test(arguments: try ScenarioFileTests.names())
    func `the gate answers as the scenario says`(_ name: String) throws {
        var scenario = try ScenarioFile(parsing: ScenarioFileTests.text(of: name))
        if let base = scenario.base {
            scenario = scenario.based(
                on: try ScenarioFile(parsing: ScenarioFileTests.text(of: base)))
        }
        guard !scenario.exchanges.isEmpty else { return }
        let mismatches = try ScenarioRunner(scenario).run()
        #expect(mismatches.isEmpty, "\(name).txt:\n\(mismatches.joined(separator: "\n"))")
    }
}
