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
            Ends with 0 after a signal, 78 when something is wrong with the configuration, 71 when the system refuses
            what the configuration asks for, 75 while another gateway uses the same state directory.

            EXAMPLES
              loqed-gateway run
              LOQED_GATEWAY_LOG_LEVEL=debug loqed-gateway run --config gateway.yaml
            """
    )

    @OptionGroup var source: ConfigurationOptions

    func run() async throws {
        let loaded = try source.read(in: .live())
        let configuration = loaded.configuration
        let log = configuration.log
        let logger = Logger(label: "loqed-gateway") { _ in
            LineLogHandler(level: log.level, isJSON: log.format == .json)
        }
        logger.info(
            "starting",
            metadata: ["version": "\(GatewayVersion.current)", "locks": "\(configuration.locks.count)"]
        )
        for warning in loaded.warnings {
            logger.warning(
                "\(warning.reason)",
                metadata: ["source": "\(warning.place)", "remedy": "\(warning.remedy)"]
            )
        }
        raiseFileLimit()
        let threads = HTTPThreads()
        let gateway: GatewayServices
        do throws(StartFailure) {
            gateway = try await GatewayServices.make(
                configuration,
                version: GatewayVersion.current,
                threads: threads,
                time: .live(),
                manager: ServiceManager(LaunchEnvironment.live().variables),
                logger: logger
            )
        } catch {
            var standardError = StandardError()
            print("loqed-gateway: \(error)", to: &standardError)
            if case .stateInUse = error { throw ExitCode(EX_TEMPFAIL) }
            throw ExitCode(EX_OSERR)
        }
        var group = ServiceGroupConfiguration(
            services: gateway.services.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = .seconds(5)
        try await ServiceGroup(configuration: group).run()
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
