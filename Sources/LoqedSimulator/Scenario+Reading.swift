extension Scenario {
    /// More lines than that are no story that anybody tells.
    private static let maximumLines = 10_000
    private static let example = "5s offline"

    /// Reads a scenario file: a time and a line of control on each line, comments from `#` on, blank lines.
    ///
    /// A time is from the start (`5s`), or from the line before when it begins with a plus (`+500ms`).
    /// The name of the file is for what is said of its faults.
    ///
    /// - Throws: everything that is wrong with the file.
    package init(_ text: String, file: String) throws(ScenarioError) {
        var steps: [Step] = []
        var problems: [ScenarioError.Problem] = []
        var clock = Duration.zero
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        if lines.count > Self.maximumLines {
            problems.append(.init(line: lines.count, reason: "the file has too many lines", example: Self.example))
        }
        for (index, line) in lines.prefix(Self.maximumLines).enumerated() {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            guard let time = words.first else { continue }
            do throws(LineFault) {
                clock = try Self.time(time, after: clock)
                steps.append(Step(at: clock, command: try Self.command(words.dropFirst())))
            } catch {
                problems.append(.init(line: index + 1, reason: error.reason, example: error.example))
            }
        }
        guard problems.isEmpty else { throw ScenarioError(file: file, problems: problems) }
        self.init(steps: steps)
    }

    private struct LineFault: Error {
        let reason: String
        let example: String
    }

    private static func time(_ word: Substring, after clock: Duration) throws(LineFault) -> Duration {
        let isRelative = word.hasPrefix("+")
        guard let duration = DurationText.read(isRelative ? word.dropFirst() : word) else {
            throw LineFault(reason: "\"\(word.prefix(40))\" is not a time", example: example)
        }
        let time = isRelative ? clock + duration : duration
        guard time >= clock else {
            let reason = "the time is before that of the line above, \(DurationText.write(clock))"
            throw LineFault(reason: reason, example: "+\(example)")
        }
        guard time <= DurationText.longest else {
            throw LineFault(reason: "the time is more than a day after the start", example: example)
        }
        return time
    }

    private static func command(_ words: ArraySlice<Substring>) throws(LineFault) -> SimulatorCommand {
        guard let verb = words.first.map(String.init) else {
            throw LineFault(reason: "there is no line of control behind the time", example: example)
        }
        let line = words.joined(separator: " ")
        guard let command = SimulatorCommand(line) else {
            guard let (form, right) = SimulatorCommand.form(of: verb) else {
                throw LineFault(reason: "\"\(verb.prefix(40))\" begins no line of control", example: example)
            }
            let reason = "\"\(line.prefix(80))\" is not of the form \"\(form)\""
            throw LineFault(reason: reason, example: "5s \(right)")
        }
        switch command {
        case .state, .report, .help, .quit:
            throw LineFault(reason: "\"\(verb)\" is for people, not for files", example: example)
        default: return command
        }
    }
}
