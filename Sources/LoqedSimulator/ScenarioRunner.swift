import LockDomain

/// Tells a scenario to a simulator, line by line, each at its time.
package struct ScenarioRunner: Sendable {
    private let scenario: Scenario
    private let simulator: BridgeSimulator
    private let clock: SimulatorClock
    private let report: @Sendable (Scenario.Step) -> Void

    /// The report is told of every line that was carried out.
    package init(
        _ scenario: Scenario,
        on simulator: BridgeSimulator,
        clock: SimulatorClock,
        report: @escaping @Sendable (Scenario.Step) -> Void = { _ in }
    ) {
        self.scenario = scenario
        self.simulator = simulator
        self.clock = clock
        self.report = report
    }

    /// Runs to the end of the scenario; the time between two lines passes at the speed that the simulator has then.
    ///
    /// - Throws: when it is cancelled, or when the bridge cannot have its port back.
    package func run() async throws {
        var due = clock.now().uptime
        var told = Duration.zero
        for step in scenario.steps {
            due += (step.at - told) / simulator.snapshot.speed
            told = step.at
            if due > clock.now().uptime { try await clock.sleep(due) }
            try Task.checkCancellation()
            _ = try await simulator.perform(step.command)
            report(step)
        }
    }
}
