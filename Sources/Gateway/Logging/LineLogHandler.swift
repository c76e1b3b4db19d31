import FoundationEssentials
import Glibc
package import Logging
import NIOConcurrencyHelpers

/// One line for each entry on standard error: for people, or as JSON for programs.
package struct LineLogHandler: LogHandler {
    /// What all loggers of a program go by, and may change while it runs.
    package final class Settings: Sendable {
        private struct State {
            var level: Logger.Level
            var isJSON: Bool
            var override: Logger.Level?
        }

        private let state: NIOLockedValueBox<State>
        fileprivate let output: LogOutput

        package init(level: Logger.Level, isJSON: Bool, output: LogOutput = LogOutput(STDERR_FILENO)) {
            state = NIOLockedValueBox(State(level: level, isJSON: isJSON))
            self.output = output
        }

        /// The level in force.
        package var level: Logger.Level { state.withLockedValue { $0.override ?? $0.level } }

        /// The level that the configuration asks for.
        package var configuredLevel: Logger.Level { state.withLockedValue { $0.level } }

        package var isJSON: Bool { state.withLockedValue { $0.isJSON } }

        /// Takes what the configuration asks for; ends what stood over it.
        package func change(level: Logger.Level, isJSON: Bool) {
            state.withLockedValue { $0 = State(level: level, isJSON: isJSON) }
        }

        /// Puts a level over that of the configuration, or takes it away again.
        package func override(_ level: Logger.Level?) { state.withLockedValue { $0.override = level } }
    }

    /// That of the settings, unless this logger was given its own.
    package var logLevel: Logger.Level {
        get { ownLevel ?? settings.level }
        set { ownLevel = newValue }
    }

    private var ownLevel: Logger.Level?
    private let settings: Settings
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    package init(_ settings: Settings) { self.settings = settings }

    package init(level: Logger.Level, isJSON: Bool) { self.init(Settings(level: level, isJSON: isJSON)) }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let time = Date.now.formatted(.iso8601)
        settings.output.write(line(for: event, at: time)) { lost in
            LineLogHandler(settings).line(for: Self.loss(of: lost), at: time)
        }
    }

    private static func loss(of count: Int) -> LogEvent {
        LogEvent(
            level: .warning,
            message: "lines of the log were lost: they could not be written",
            metadata: ["count": "\(count)"],
            source: "Gateway",
            file: #fileID,
            function: #function,
            line: #line
        )
    }

    /// The line for an entry, without its end.
    package func line(for event: LogEvent, at time: String) -> String {
        var all = metadata
        for (key, value) in metadataProvider?.get() ?? [:] { all[key] = value }
        for (key, value) in event.metadata ?? [:] { all[key] = value }
        return settings.isJSON ? json(event, all, time) : text(event, all, time)
    }

    private func text(_ event: LogEvent, _ metadata: Logger.Metadata, _ time: String) -> String {
        let fields = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\(quoted("\($0.value)"))" }.joined()
        let level = event.level.rawValue.uppercased()
        let pad = String(repeating: " ", count: max(0, 7 - level.count))
        return "\(time) \(level)\(pad) \(event.message)\(fields)"
    }

    /// A value with blanks stands in quotes, and a line stays one line, whatever is in it.
    private func quoted(_ value: String) -> String {
        guard value.contains(where: { $0.isWhitespace || $0 == "\"" }) else { return value }
        let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"" + String(escaped.map { $0.isNewline ? " " : $0 }) + "\""
    }

    private func json(_ event: LogEvent, _ metadata: Logger.Metadata, _ time: String) -> String {
        var fields = metadata.mapValues { "\($0)" }
        fields["time"] = time
        fields["level"] = event.level.rawValue
        fields["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = (try? encoder.encode(fields)) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }
}
