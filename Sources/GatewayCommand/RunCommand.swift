import ArgumentParser
import Gateway
import Glibc
import Logging
import PlainHTTP
import ServiceLifecycle
import UnixSignals

/// The command that runs the gateway.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the gateway until SIGTERM or SIGINT.",
        discussion: """
            SIGHUP makes it read its configuration again, and take all of it or nothing. Locks that did not change are not \
            disturbed. What cannot change while it runs, such as the broker, is refused and said in the log. SIGUSR1 turns \
            the level of the log to debug, and the next one back.

            log.format: json makes every line of the log one JSON document.

            Exit codes: 0 after a signal, 64 called wrongly, 66 the configuration is missing or cannot be read, 78 it has \
            mistakes, 71 the system refuses what it asks for, 75 another gateway uses the same state directory.

            EXAMPLES
              loqed-gateway run
              LOQED_GATEWAY_LOG_LEVEL=debug loqed-gateway run --config gateway.yaml
              systemctl kill --kill-whom=main -s USR1 loqed-gateway
            """
    )

    @OptionGroup var source: ConfigurationOptions

    func run() async throws {
        // Before anything else: one that comes while the gateway starts is kept, and one at its end does not kill it.
        let signals = await UnixSignalsSequence(trapping: [.sighup, .sigusr1])
        let environment = LaunchEnvironment.live()
        let file = source.file(in: environment)
        let loaded = try file.readOrEnd(in: environment)
        let configuration = loaded.configuration
        let log = configuration.log
        let settings = LineLogHandler.Settings(level: log.level, isJSON: log.format == .json)
        let logger = Logger(label: "loqed-gateway") { _ in LineLogHandler(settings) }
        logger.info(
            "starting",
            metadata: ["version": "\(GatewayVersion.current)", "locks": "\(configuration.locks.count)"]
        )
        for warning in loaded.warnings { logger.warning(warning) }
        raiseFileLimit()
        let ending = await EndingService()
        let threads = HTTPThreads()
        let manager = ServiceManager(environment.variables)
        let time = TimeSource.live()
        let gateway: GatewayServices
        do throws(StartFailure) {
            gateway = try await GatewayServices.make(
                configuration,
                version: GatewayVersion.current,
                threads: threads,
                time: time,
                manager: manager,
                logger: logger
            )
        } catch {
            var standardError = StandardError()
            print("loqed-gateway: \(error)", to: &standardError)
            if case .stateInUse = error { throw ExitCode(EX_TEMPFAIL) }
            throw ExitCode(EX_OSERR)
        }
        let reload = ReloadService(
            signals: signals,
            desk: ReloadDesk(
                file,
                in: environment,
                reloader: gateway.reloader,
                log: settings,
                manager: manager,
                time: time,
                logger: logger
            ),
            level: LogLevelSwitch(settings, logger: logger)
        )
        var group = ServiceGroupConfiguration(
            services: (gateway.services + [reload]).map { .init(service: $0) } + [ending.configuration],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = .seconds(5)
        // Whatever does not end even then ends with the process, by a crash and not by the service manager's SIGKILL.
        group.maximumCancellationDuration = .seconds(4)
        try await ServiceGroup(configuration: group).run()
        withExtendedLifetime(signals) {}
        try? await threads.shutDown()
        logger.info("stopped")
    }

    /// Every lock has a connection to the broker, so hundreds of locks need more files than most systems give at first.
    ///
    /// What cannot be raised shows later, as connections that fail.
    private func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// Reads the configuration again on SIGHUP; turns the log's level on SIGUSR1.
private struct ReloadService: Service, CustomStringConvertible {
    let signals: UnixSignalsSequence
    let desk: ReloadDesk
    let level: LogLevelSwitch

    var description: String { "reload" }

    /// However many come while a reload is under way, the configuration is read once more after it.
    func run() async throws {
        let (wishes, wish) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            async let listening: Void = {
                for await signal in signals {
                    if signal == .sighup { wish.yield() } else { level.turn() }
                }
            }()
            for await _ in wishes { await desk.reload() }
            await listening
        }
        // A service that ends takes the others with it.
        try? await gracefulShutdown()
    }
}
