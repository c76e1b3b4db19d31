import GatewayTestSupport
import LockDomain
import Logging
import LoqedSimulator
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

/// A running simulator on a port of the system's choice, a clock to turn, and a target for webhooks.
struct SimulatorRig {
    let simulator: BridgeSimulator
    let clock: ManualClock
    let catcher: Catcher
    let threads: HTTPThreads
    let key: BridgeKey
    /// The lines of the scenario that were carried out.
    let told: NIOLockedValueBox<[String]>
    private let catcherPort: Int

    /// Starts all that, prepares it, tells a scenario beside the body, and ends it again.
    static func run(
        _ scenario: String? = nil,
        _ change: (inout SimulatorConfiguration) -> Void = { _ in },
        prepare: (SimulatorRig) async throws -> Void = { _ in },
        _ body: (SimulatorRig) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration()
        configuration.listen = HTTPEndpoint(host: "127.0.0.1", port: 0)
        change(&configuration)
        let (clock, threads, catcher) = (ManualClock(), HTTPThreads(), Catcher())
        let simulator = try BridgeSimulator(
            configuration,
            clock: clock.simulated,
            threads: threads,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await simulator.listen()
        let server = HTTPServer(on: threads, responder: catcher)
        let rig = SimulatorRig(
            simulator: simulator,
            clock: clock,
            catcher: catcher,
            threads: threads,
            key: try BridgeKey(base64: configuration.bridgeKey),
            told: NIOLockedValueBox([]),
            catcherPort: try await server.start(host: "127.0.0.1", port: 0)
        )
        let story = try scenario.map { try ScenarioFiles.scenario($0) }
        try await prepare(rig)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await simulator.run() }
            if let story {
                let told = rig.told
                let runner = ScenarioRunner(story, on: simulator, clock: clock.simulated) { step in
                    told.withLockedValue { $0.append(step.command.line) }
                }
                group.addTask { try await runner.run() }
            }
            defer { group.cancelAll() }
            try await body(rig)
        }
        await simulator.stopListening()
        await server.shutDown(within: .zero)
        try await threads.shutDown()
    }

    /// Waits until so many lines of the scenario were carried out.
    func told(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) async {
        await eventually("\(count) lines are told", sourceLocation: sourceLocation) {
            told.withLockedValue { $0.count } == count
        }
    }

    /// Carries out a line of control.
    @discardableResult
    func control(_ line: String) async throws -> String {
        try await simulator.perform(try #require(SimulatorCommand(line), "\(line)"))
    }

    func ask(_ request: BridgeRequest, patience: Duration = .seconds(60)) async throws -> HTTPAnswer {
        let endpoint = HTTPEndpoint(host: "127.0.0.1", port: simulator.port ?? 0)
        let connection = try await OneShotConnection.open(to: endpoint, timeout: .seconds(60), on: threads)
        let request = HTTPRequest(
            method: request.method,
            target: request.target,
            fields: HTTPFields(request.fields.map { HTTPField($0.name, $0.value) }),
            body: request.body
        )
        return try await connection.exchange(request, timeout: patience, maximumBody: 10_000)
    }

    /// A command that is signed now.
    func command(_ action: LockAction) throws -> BridgeRequest {
        let secret = try CommandSecret(base64: SimulatorConfiguration.demoKeySecret)
        return .command(SignedCommand(action, key: KeyID(3)!, secret: secret, at: clock.now.unix))
    }

    func create(_ url: String) async throws -> Int {
        try await ask(.createWebhook(url: url, triggers: .all, key: key, at: clock.now.unix)).status
    }

    /// The URL of a path of the catcher.
    func url(_ path: String) -> String { "http://127.0.0.1:\(catcherPort)\(path)" }
}

/// Keeps the requests it gets.
final class Catcher: HTTPResponding {
    let requests = NIOLockedValueBox<[ReceivedRequest]>([])

    func admit(_ head: HTTPRequestHeadline) -> HTTPAdmission { .readBody(limit: 10_000) }

    func respond(to request: ReceivedRequest) async -> HTTPReply {
        requests.withLockedValue { $0.append(request) }
        return .answer(HTTPAnswer(status: 200))
    }

    /// Waits for that many requests; returns them.
    func first(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) async -> [ReceivedRequest] {
        await eventually("\(count) requests", sourceLocation: sourceLocation) {
            requests.withLockedValue { $0.count } >= count
        }
        return requests.withLockedValue { $0 }
    }
}

/// Waits until connections are refused.
///
/// A process that another test is just starting has a copy of the closed listener for a moment.
func refused(sourceLocation: SourceLocation = #_sourceLocation, _ request: () async throws -> Void) async {
    await eventually("connections are refused", sourceLocation: sourceLocation) {
        do {
            try await request()
            return false
        } catch {
            return error as? ConnectFailure == .refused
        }
    }
}
