import FoundationEssentials
import GatewayTestSupport
import Testing

/// A problem as it is published.
struct ShownProblem: Decodable {
    let lock: String?
    let code: String
    let text: String
    let remedy: String

    /// Which lock has which problem.
    var summary: String { "\(lock ?? "gateway"): \(code)" }
}

/// What the gateway publishes.
extension Home {
    /// All messages on a topic, oldest first.
    func messages(on topic: String) -> [Substring] {
        let start = "loqed/\(topic) "
        return TemporaryFolder.read("\(folder.path)/messages").split(separator: "\n")
            .filter { $0.hasPrefix(start) }.map { $0.dropFirst(start.count) }
    }

    /// Waits until the newest message on a topic is that.
    func shows(
        _ topic: String,
        _ payload: String,
        within limit: Duration = .seconds(30),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        await eventually("\(topic) is \(payload)", within: limit, sourceLocation: sourceLocation) {
            messages(on: topic).last.map { $0 == payload } ?? false
        }
        try report(messages(on: topic).last.map(String.init) == payload, topic, sourceLocation)
    }

    /// Waits for an event with all these words among those after the first `count`.
    func hears(
        _ words: [String],
        on topic: String,
        after count: Int = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        func isThere() -> Bool {
            messages(on: topic).dropFirst(count).contains { message in words.allSatisfy { message.contains($0) } }
        }
        await eventually("\(topic) has \(words)", sourceLocation: sourceLocation) { isThere() }
        try report(isThere(), topic, sourceLocation)
    }

    /// Waits until exactly these problems are shown, such as `front_door: bridge_moved`; returns them.
    @discardableResult
    func hasProblems(
        _ expected: [String],
        within limit: Duration = .seconds(30),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [ShownProblem] {
        var found: [ShownProblem]?
        try await eventually("the problems are \(expected)", within: limit, sourceLocation: sourceLocation) {
            found = try messages(on: "gateway/problem").last.map {
                try JSONDecoder().decode([ShownProblem].self, from: Data($0.utf8))
            }
            return found?.map(\.summary) == expected
        }
        try report(found?.map(\.summary) == expected, "gateway/problem", sourceLocation)
        return found ?? []
    }

    /// Turns the knob, and waits until a webhook has told of it.
    func seesByWebhook(
        _ bridge: HomeBridge,
        turned way: String,
        of lock: String = "front_door",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let count = messages(on: "\(lock)/event").count
        try await bridge.control("by-hand \(way)")
        let words = ["\"event_type\":\"\(way)ed\"", "\"cause\":\"by_hand\""]
        try await hears(words, on: "\(lock)/event", after: count, sourceLocation: sourceLocation)
        try await shows("\(lock)/state", "\(way)ed", sourceLocation: sourceLocation)
        try await hears(["\"source\":\"webhook\""], on: "\(lock)/attributes", sourceLocation: sourceLocation)
    }

    /// Sends a command, and waits until the lock has carried it out.
    func moves(_ lock: String, _ verb: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let topic = "\(lock)/command/result"
        let count = messages(on: topic).count
        try await publish(verb, to: "\(lock)/command")
        try await hears(["\"status\":\"confirmed\""], on: topic, after: count, sourceLocation: sourceLocation)
    }

    /// Fails the test here with all that can be known, if something did not happen.
    private func report(_ isTrue: Bool, _ topic: String, _ sourceLocation: SourceLocation) throws {
        guard !isTrue else { return }
        let seen = messages(on: topic).joined(separator: "\n")
        try #require(isTrue, "\(seen)\n\(log)", sourceLocation: sourceLocation)
    }
}
