import ArgumentParser
import Gateway
import Glibc
import LockDomain
import Logging
import LoqedSimulator
import PlainHTTP
import ServiceLifecycle

/// The command that plays a bridge and its lock.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Simulate a LOQED bridge with its lock, to try the gateway without one.",
        discussion: """
            Answers like a bridge, checks signatures like a lock, moves and reports like both. Its keys are the public \
            ones of the gateway.yaml that came with the gateway.

            Lines on standard input control it; so does POST /control with such a line:
            \(SimulatorCommand.usage.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))

            A scenario file has such lines behind their times, from the start or after the line before:
              0s     by-hand lock
              5s     offline        # Bluetooth breaks
              +30s   online

            EXAMPLES
              loqed-gateway simulate --speed 5
              loqed-gateway simulate --scenario evening.scenario
              curl --data 'by-hand unlock' http://127.0.0.1:8081/control

            Exit codes: 0 ended by a signal or by quit, 64 called wrongly, 65 the scenario has a mistake, 66 it cannot be \
            read, 71 an address cannot be listened on.
            """
    )

    @Option(help: "Where the bridge answers.")
    var listen = "127.0.0.1:8080"

    @Option(help: "Where the simulation is controlled over HTTP; \"off\" for nowhere.")
    var control = "127.0.0.1:8081"

    @Option(help: "How many times faster than a real lock it moves, 0.1 to 1000.")
    var speed = 1.0

    @Flag(help: "Be the newer bridge, which sends webhooks without a signature.")
    var shelly = false

    @Option(help: ArgumentHelp("A story that it tells from the start; then it goes on by itself.", valueName: "file"))
    var scenario: String?

    func validate() throws {
        guard (0.1...1000).contains(speed) else { throw ValidationError("--speed is not from 0.1 to 1000") }
        for (name, value) in [("--listen", listen), ("--control", control)] where value != "off" {
            guard endpoint(value) != nil else {
                throw ValidationError("\(name) is not an address and a port, such as 127.0.0.1:8080")
            }
        }
    }

    func run() async throws {
        let story = try scenario.map(readScenario)
        var configuration = SimulatorConfiguration()
        configuration.listen = endpoint(listen) ?? configuration.listen
        configuration.speed = speed
        configuration.kind = shelly ? .shelly : .esp32
        let logger = Logger(label: "loqed-simulator") { _ in LineLogHandler(level: .info, isJSON: false) }
        let time = TimeSource.live()
        let clock = SimulatorClock(now: time.now, sleep: time.sleep)
        let ending = await EndingService()
        let threads = HTTPThreads()
        let simulator = try BridgeSimulator(
            configuration,
            clock: clock,
            threads: threads,
            logger: logger
        )
        let controlServer = HTTPServer(on: threads, responder: SimulatorControl(simulator))
        do throws(ListenFailure) {
            // The control comes first: a crowd at the bridge's port could leave it no file descriptor.
            if let endpoint = endpoint(control) {
                let port = try await controlServer.start(host: endpoint.host, port: endpoint.port)
                logger.info("control started", metadata: ["listen": "\(shown(endpoint, port))"])
            }
            let port = try await simulator.listen()
            logger.info("simulated bridge started", metadata: ["listen": "\(shown(configuration.listen, port))"])
        } catch {
            var standardError = StandardError()
            print("--listen or --control: \(error)", to: &standardError)
            throw ExitCode(EX_OSERR)
        }
        var services: [any Service] = [SimulatorService(simulator: simulator), ConsoleService(simulator: simulator)]
        if let story {
            let runner = ScenarioRunner(story, on: simulator, clock: clock) { step in
                logger.info("scenario", metadata: ["line": "\(step.command.line)"])
            }
            services.append(ScenarioService(runner: runner))
        }
        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) }
                + [ending.configuration],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = .seconds(2)
        try await ServiceGroup(configuration: group).run()
        await simulator.stopListening()
        await controlServer.shutDown(within: .zero)
        try? await threads.shutDown()
    }

    private func readScenario(_ path: String) throws -> Scenario {
        var standardError = StandardError()
        let bytes: [UInt8]
        do throws(FileFailure) {
            bytes = try LaunchEnvironment.live().read(path, 1_000_000)
        } catch {
            print("\(ShownPath(path).text): \(error)", to: &standardError)
            throw ExitCode(EX_NOINPUT)
        }
        do throws(ScenarioError) {
            return try Scenario(String(decoding: bytes, as: UTF8.self), file: path)
        } catch {
            print(error, to: &standardError)
            throw ExitCode(EX_DATAERR)
        }
    }

    private func endpoint(_ text: String) -> HTTPEndpoint? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon != text.startIndex
        else { return nil }
        let host = text[..<colon]
        // As every address of IPv6 with a port behind it is written.
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        return HTTPEndpoint(host: String(isBracketed ? host.dropFirst().dropLast() : host), port: port)
    }

    private func shown(_ endpoint: HTTPEndpoint, _ port: Int) -> String {
        endpoint.host.contains(":") ? "[\(endpoint.host)]:\(port)" : "\(endpoint.host):\(port)"
    }
}

/// Moves the lock until the process is told to end.
private struct SimulatorService: Service, CustomStringConvertible {
    let simulator: BridgeSimulator

    var description: String { "simulator" }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await simulator.run() }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
        }
    }
}

/// Tells the scenario, and then waits until the process is told to end.
private struct ScenarioService: Service, CustomStringConvertible {
    let runner: ScenarioRunner

    var description: String { "scenario" }

    func run() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await runner.run()
                return false
            }
            group.addTask {
                try? await gracefulShutdown()
                return true
            }
            while try await group.next() == false {}
            group.cancelAll()
        }
    }
}

/// Takes lines of control from standard input.
private struct ConsoleService: Service, CustomStringConvertible {
    let simulator: BridgeSimulator

    var description: String { "console" }

    func run() async throws {
        let lines = StandardInput.lines()
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await line in lines where !line.allSatisfy(\.isWhitespace) {
                    guard let command = SimulatorCommand(line) else {
                        print("not understood; possible here:\n\(SimulatorCommand.usage)")
                        continue
                    }
                    if command == .quit { return true }
                    if let text = try? await simulator.perform(command) { print(text) }
                }
                return false
            }
            group.addTask {
                try? await gracefulShutdown()
                return true
            }
            // The end of the input ends nothing: a simulator in the background has none.
            while await group.next() == false {}
            group.cancelAll()
        }
    }
}

/// Standard input, line by line, read on a thread of its own.
private enum StandardInput {
    static func lines() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        let box = Unmanaged.passRetained(Box(continuation))
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let continuation = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().continuation
                while let line = readLine() { continuation.yield(line) }
                continuation.finish()
                return nil
            },
            box.toOpaque()
        )
        pthread_detach(thread)
        return stream
    }

    private final class Box {
        let continuation: AsyncStream<String>.Continuation

        init(_ continuation: AsyncStream<String>.Continuation) { self.continuation = continuation }
    }
}
