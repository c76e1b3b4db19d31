/// A story told to the simulator: lines of control, each at its time.
package struct Scenario: Hashable, Sendable {
    /// One line of control, and when it is said.
    package struct Step: Hashable, Sendable {
        /// From the start, at speed 1.
        package let at: Duration
        package let command: SimulatorCommand

        package init(at: Duration, command: SimulatorCommand) {
            self.at = at
            self.command = command
        }
    }

    /// In order of their times.
    package let steps: [Step]

    /// The steps are in order of their times.
    package init(steps: [Step]) { self.steps = steps }

    /// The scenario as a file, which reads back as the same.
    package var text: String {
        let times = steps.map { DurationText.write($0.at) }
        let width = (times.map(\.count).max() ?? 0) + 2
        return zip(times, steps).map { time, step in
            time + String(repeating: " ", count: width - time.count) + step.command.line + "\n"
        }.joined()
    }
}

/// What is wrong with a scenario file, all of it.
package struct ScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One mistake in the file.
    package struct Problem: Hashable, Sendable {
        /// Counted from 1.
        package let line: Int
        package let reason: String
        package let example: String
    }

    package let file: String
    package let problems: [Problem]

    /// A line for each problem: the file, the line, what is wrong, and how it may look.
    package var description: String {
        problems.map { "\(file):\($0.line): \($0.reason); example: \($0.example)" }.joined(separator: "\n")
    }
}
