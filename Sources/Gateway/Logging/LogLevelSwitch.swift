package import Logging

/// Turns the level of the log to debug and back while the gateway runs, without a file to edit.
///
/// Meant for a signal: only the gateway's own user and root can send one, unlike a topic of a shared broker or a port.
package struct LogLevelSwitch {
    private let settings: LineLogHandler.Settings
    private let logger: Logger

    package init(_ settings: LineLogHandler.Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Turns it, and says so at the level notice.
    ///
    /// A reload in between gives the level of the configuration, and the next turn goes to debug again.
    package func turn() {
        let now = settings.level
        let configured = settings.configuredLevel
        if now != configured {
            tell(now, then: configured, "the log is as before")
            settings.override(nil)
        } else if now <= .debug {
            tell(now, then: now, "the log is as the configuration has it, which is no less than debug")
        } else {
            settings.override(.debug)
            tell(.debug, then: .debug, "the log tells more; SIGUSR1 again turns it back")
        }
    }

    /// Written at a level that is shown for certain, while the more talkative of the two is in force.
    private func tell(_ inForce: Logger.Level, then level: Logger.Level, _ text: Logger.Message) {
        logger.log(level: max(inForce, .notice), text, metadata: ["log.level": "\(level.rawValue)"])
    }
}
