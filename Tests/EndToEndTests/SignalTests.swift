import GatewayTestSupport
import Glibc
import LoqedSimulator
import Testing

@Suite(.serialized) struct `A gateway that gets a signal` {
    private let folder = TemporaryFolder()
    private let webhookPort = FreePort.any()

    /// Without broker and bridge, with backtraces allowed, and core files up to that limit.
    private func start(cores: String = "unlimited") throws -> ChildProcess {
        folder.write(
            """
            mqtt: {host: 127.0.0.1, port: \(FreePort.any())}
            webhook: {listen: "127.0.0.1:\(webhookPort)"}
            locks:
              - {id: front_door, name: Front door, bridge: "127.0.0.1:9", local_key_id: 3,
                 bridge_key: "\(SimulatorConfiguration.demoBridgeKey)",
                 key_secret: "\(SimulatorConfiguration.demoKeySecret)"}
            """,
            to: "gateway.yaml"
        )
        return try ChildProcess(
            "bash",
            // Root as well may not raise the limit again.
            [
                "-c",
                """
                cd "$1" && ulimit -c "$3"
                if [ $(id -u) = 0 ]; then exec setpriv --bounding-set -sys_resource "$2" run; else exec "$2" run; fi
                """, "bash", folder.path, try Binary.path, cores,
            ],
            environment: ["SWIFT_BACKTRACE": "enable=yes,color=no,interactive=no"],
            output: "\(folder.path)/log"
        )
    }

    private var log: String { TemporaryFolder.read("\(folder.path)/log") }

    @Test func `turns its log to debug and back by SIGUSR1`() async throws {
        let gateway = try start()
        await eventually("it runs") { log.contains("no connection to the broker") }
        #expect(!log.contains(" DEBUG "))
        gateway.send(SIGUSR1)
        await eventually("it tells more") { log.contains("SIGUSR1 again turns it back log.level=debug\n") }
        await eventually("it does tell more") { log.contains(" DEBUG   session without connection") }
        gateway.send(SIGUSR1)
        await eventually("it tells less") { log.contains("the log is as before log.level=info\n") }
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
    }

    /// Taking signals needs file descriptors, and who calls the port takes those as well: the signals come first.
    @Test func `ends in good order as soon as its port is open`() async throws {
        for _ in 0..<3 {
            let gateway = try start()
            await open(webhookPort)
            gateway.send(SIGTERM)
            #expect(await gateway.ended() == 0)
            #expect(log.split(separator: "\n").last?.hasSuffix("stopped") == true)

            let port = FreePort.any()
            let simulator = try ChildProcess(
                try Binary.path,
                ["simulate", "--listen", "127.0.0.1:\(port)", "--control", "off"],
                output: "\(folder.path)/simulator.log"
            )
            await open(port)
            simulator.send(SIGTERM)
            #expect(await simulator.ended() == 0)
        }
    }

    /// Returns at the very moment, unlike `eventually`.
    private func open(_ port: Int) async {
        let deadline = ContinuousClock.now + .seconds(60)
        while !FreePort.isTaken(port), ContinuousClock.now < deadline { await Task.yield() }
        #expect(FreePort.isTaken(port))
    }

    @Test(arguments: [SIGABRT, SIGSEGV, SIGQUIT]) func `dies of a crash at once and leaves no picture of its memory`(
        signal: Int32
    ) async throws {
        let gateway = try start()
        await eventually("it runs") { log.contains("webhook listener started") }
        gateway.send(signal)
        #expect(await gateway.ended() == 128 + signal)
        for word in ["Backtrace", "Registers", "Crash"] { #expect(!log.contains(word)) }
        let list = "\(folder.path)/list"
        #expect(try await ChildProcess("ls", [folder.path], output: list).ended() == 0)
        #expect(TemporaryFolder.read(list).split(separator: "\n") == ["gateway.yaml", "list", "log", "state"])
    }

    /// The kernel calls a program of `core_pattern` at any limit but 1.
    @Test(arguments: [("unlimited", "1"), ("0", "0")]) func `gives its memory to no program of the kernel's either`(
        limit: String,
        own: String
    ) async throws {
        let gateway = try start(cores: limit)
        await eventually("it runs") { log.contains("webhook listener started") }
        let limits = TemporaryFolder.read("/proc/\(gateway.identifier)/limits").split(separator: "\n")
        let cores = limits.first { $0.hasPrefix("Max core file size") }?.split(separator: " ").suffix(3) ?? []
        #expect(cores == [own[...], own[...], "bytes"])
        #expect(TemporaryFolder.read("/proc/\(gateway.identifier)/coredump_filter") == "00000000\n")
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
    }
}
