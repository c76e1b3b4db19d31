import GatewayTestSupport
import Logging
import Testing

@testable import Gateway

@Suite struct `The switch of the log's level` {
    private let lines = LogLines()

    @Test func `goes to debug and back, and says so`() {
        let settings = LineLogHandler.Settings(level: .warning, isJSON: true)
        let turning = LogLevelSwitch(settings, logger: lines.logger)
        turning.turn()
        #expect(settings.level == .debug)
        turning.turn()
        #expect(settings.level == .warning)
        turning.turn()
        #expect(settings.level == .debug && settings.isJSON)
        #expect(
            lines.all == [
                "notice the log tells more; SIGUSR1 again turns it back log.level=debug",
                "notice the log is as before log.level=warning",
                "notice the log tells more; SIGUSR1 again turns it back log.level=debug",
            ]
        )
    }

    @Test func `gives way to a reload`() {
        let settings = LineLogHandler.Settings(level: .info, isJSON: false)
        let turning = LogLevelSwitch(settings, logger: lines.logger)
        turning.turn()
        settings.change(level: .error, isJSON: false)
        turning.turn()
        #expect(settings.level == .debug)
        turning.turn()
        #expect(settings.level == .error)
    }

    @Test func `has nothing to turn back after a reload to debug`() {
        let settings = LineLogHandler.Settings(level: .info, isJSON: false)
        let turning = LogLevelSwitch(settings, logger: lines.logger)
        turning.turn()
        settings.change(level: .debug, isJSON: false)
        turning.turn()
        #expect(settings.level == .debug)
    }

    @Test(arguments: [Logger.Level.debug, .trace]) func `changes nothing where the log tells as much already`(
        level: Logger.Level
    ) {
        let settings = LineLogHandler.Settings(level: level, isJSON: false)
        let turning = LogLevelSwitch(settings, logger: lines.logger)
        turning.turn()
        turning.turn()
        #expect(settings.level == level)
        #expect(lines.all.count == 2 && lines.all[0].hasSuffix("log.level=\(level)"))
    }
}
