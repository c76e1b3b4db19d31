import LockDomain
package import Logging

/// Reads the configuration again when it is told to, and says in the log what became of it.
package struct ReloadDesk: Sendable {
    private let file: ConfigurationFile
    private let environment: LaunchEnvironment
    private let reloader: GatewayReloader
    private let log: LineLogHandler.Settings
    private let manager: ServiceManager?
    private let time: TimeSource
    private let logger: Logger

    /// - Parameters:
    ///   - file: with the options of the command line over it.
    ///   - environment: the outside world.
    ///   - reloader: takes what is good.
    ///   - log: what the loggers go by.
    ///   - manager: systemd, if it wants to know.
    ///   - time: for a systemd that is behind with its work.
    ///   - logger: where it is told.
    package init(
        _ file: ConfigurationFile,
        in environment: LaunchEnvironment,
        reloader: GatewayReloader,
        log: LineLogHandler.Settings,
        manager: ServiceManager?,
        time: TimeSource,
        logger: Logger
    ) {
        self.file = file
        self.environment = environment
        self.reloader = reloader
        self.log = log
        self.manager = manager
        self.time = time
        self.logger = logger
    }

    /// Takes the configuration as it is now, or leaves everything as it was.
    package func reload() async {
        manager?.tellReloading()
        let summary = await take()
        await manager?.tell("READY=1", "STATUS=\(summary)", time: time)
    }

    /// What systemd is to show.
    private func take() async -> String {
        let loaded: LoadedConfiguration
        do throws(ConfigurationFailure) {
            loaded = try file.read(in: environment)
        } catch {
            tell(error)
            return "not reloaded: mistakes in the configuration"
        }
        for warning in loaded.warnings { logger.warning(warning) }
        switch await reloader.take(loaded.configuration) {
        case .needsRestart(let keys):
            logger.error(
                "not reloaded, nothing was changed: these keys need a restart of the gateway",
                metadata: ["keys": "\(keys.joined(separator: " "))"]
            )
            return "not reloaded: these keys need a restart: \(keys.joined(separator: " "))"
        case .refused(let reason):
            logger.error("not reloaded, nothing was changed", metadata: ["reason": "\(reason)"])
            return "not reloaded: \(reason)"
        case .interrupted:
            logger.notice("the reload gives way to the end of the gateway")
            return "ending"
        case .taken(let added, let removed, let restarted, let adjusted):
            let lists = ["added": added, "removed": removed, "restarted": restarted, "changed": adjusted]
            let metadata = lists.filter { !$0.value.isEmpty }.mapValues { ids -> Logger.Metadata.Value in
                "\(ids.map(\.rawValue).joined(separator: " "))"
            }
            // Said by whichever level lets more through.
            let new = loaded.configuration.log
            let isQuieter = new.level > log.level
            if !isQuieter { log.change(level: new.level, isJSON: new.format == .json) }
            logger.notice("reloaded", metadata: metadata)
            if isQuieter { log.change(level: new.level, isJSON: new.format == .json) }
            return loaded.configuration.summary
        }
    }

    private func tell(_ failure: ConfigurationFailure) {
        switch failure {
        case .unreadable(let path, let reason):
            logger.error("not reloaded, nothing was changed", metadata: ["reason": "\(path) \(reason)"])
        case .invalid(let problems):
            for problem in problems {
                logger.error(
                    "a mistake in the configuration",
                    metadata: [
                        "source": "\(problem.place)", "key": "\(problem.keyPath)", "reason": "\(problem.reason)",
                        "remedy": "\(problem.remedy)",
                    ]
                )
            }
            logger.error("not reloaded, nothing was changed", metadata: ["mistakes": "\(problems.count)"])
        }
    }
}

extension Logger {
    /// Something in the configuration that should be changed.
    package func warning(_ warning: ConfigurationProblem) {
        self.warning("\(warning.reason)", metadata: ["source": "\(warning.place)", "remedy": "\(warning.remedy)"])
    }
}
