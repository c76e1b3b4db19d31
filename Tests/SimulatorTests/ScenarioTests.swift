import LockDomain
import LoqedSimulator
import Testing

@Suite struct `A scenario file` {
    private func problems(_ text: String) -> String {
        do {
            _ = try Scenario(text, file: "evening.scenario")
            return "none"
        } catch {
            return error.description
        }
    }

    @Test func `has times from the start or after the line before, and comments`() throws {
        let text = """
            # An evening.
            0s     by-hand lock   # from inside

            5s     offline
            +500ms fault to_lock reset 1
            2m     online
            """
        let scenario = try Scenario(text, file: "evening")
        #expect(
            scenario.steps == [
                .init(at: .zero, command: .byHand(.nightLock)), .init(at: .seconds(5), command: .offline),
                .init(at: .milliseconds(5500), command: .fault(.reset, on: .toLock, count: 1)),
                .init(at: .seconds(120), command: .online),
            ]
        )
        #expect(
            scenario.text == "0s      by-hand lock\n5s      offline\n5500ms  fault to_lock reset 1\n2m      online\n"
        )
    }

    @Test(arguments: [
        ("5 offline", #"1: "5" is not a time; example: 5s offline"#),
        ("\n-5s offline", #"2: "-5s" is not a time; example: 5s offline"#),
        ("5s offline\n1s online", "2: the time is before that of the line above, 5s; example: +5s offline"),
        ("1440m offline\n+1s online", "2: the time is more than a day after the start; example: 5s offline"),
        ("9s", "1: there is no line of control behind the time; example: 5s offline"),
        ("9s # nothing", "1: there is no line of control behind the time; example: 5s offline"),
        ("9s explode", #"1: "explode" begins no line of control; example: 5s offline"#),
        ("9s stall", #"1: "stall" is not of the form "stall on|off"; example: 5s stall on"#),
        ("9s quit", #"1: "quit" is for people, not for files; example: 5s offline"#),
    ]) func `says where it is wrong, why, and how it may look`(text: String, problem: String) {
        #expect(problems(text) == "evening.scenario:\(problem)")
    }

    @Test func `says everything that is wrong at once`() {
        #expect(problems("x offline\n1s jump\n2s online").split(separator: "\n").count == 2)
    }

    @Test func `has no more lines than anybody tells`() {
        let text = String(repeating: "0s offline\n", count: 10_001)
        #expect(problems(text).hasPrefix("evening.scenario:10002: the file has too many lines"))
    }

    @Test(arguments: try ScenarioFiles.names()) func `that is checked in reads back as it is written`(
        name: String
    ) throws {
        let scenario = try ScenarioFiles.scenario(name)
        #expect(!scenario.steps.isEmpty)
        #expect(try Scenario(scenario.text, file: name) == scenario)
    }

    /// A scenario that no test tells would prove nothing.
    @Test func `that is checked in is told by a test`() throws {
        let told = [
            "bluetooth-breaks", "empty-batteries", "late-and-out-of-order", "lost-and-repeated", "lost-answers",
            "motor-stall", "neighbours", "old-firmware", "power-cut", "reboot-loses-webhooks", "short-loss",
            "stale-status", "unreachable", "who-moved-it", "wrong-signatures",
        ]
        #expect(try ScenarioFiles.names() == told)
    }

    @Test func `of any words is read or refused, and what is read reads back the same`() throws {
        var chance = Chance(seed: 39)
        let words =
            SimulatorCommand.examples.flatMap { $0.split(separator: " ").map(String.init) } + [
                "0s", "+1s", "5s", "1m", "+250ms", "#", "\n", "\n", "\n", "+", "ms", "-1", "99999999999999999999s",
                "0", "é", "\u{0}", "\r\n", "\t", "255", "1e3", "nan", "inf", "", "++1s", "s",
            ]
        var read = 0
        for _ in 0..<3000 {
            let text = (0..<chance.next(below: 12)).map { _ in words[chance.next(below: words.count)] }
                .joined(separator: " ")
            guard let scenario = try? Scenario(text, file: "any") else { continue }
            read += 1
            #expect(try Scenario(scenario.text, file: "any") == scenario, "\(text)")
        }
        #expect(read > 50)
    }

    @Test func `made of right lines is read, and reads back the same`() throws {
        var chance = Chance(seed: 7)
        let lines = SimulatorCommand.examples.filter { !["state", "report", "help", "quit"].contains($0) }
        for _ in 0..<200 {
            let text = (0..<chance.next(below: 20)).map { _ in
                "+\(chance.next(below: 5000))ms \(lines[chance.next(below: lines.count)])\n"
            }.joined()
            let scenario = try Scenario(text, file: "right")
            #expect(try Scenario(scenario.text, file: "right") == scenario, "\(text)")
            #expect(try Scenario(scenario.text, file: "right").text == scenario.text)
        }
    }
}

/// Numbers by chance, the same on every run.
private struct Chance {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(limit))
    }
}
