import FoundationEssentials
import Glibc
package import Logging

/// One line for each entry on standard error: for people, or as JSON for programs.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let isJSON: Bool

    package init(level: Logger.Level, isJSON: Bool) {
        logLevel = level
        self.isJSON = isJSON
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        for (key, value) in metadataProvider?.get() ?? [:] { all[key] = value }
        for (key, value) in event.metadata ?? [:] { all[key] = value }
        let line = isJSON ? json(event, all) : text(event, all)
        // One write, so that lines of several threads do not mix. A log that cannot be written is nobody's to save.
        _ = (line + "\n").utf8.withContiguousStorageIfAvailable { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private func text(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        let fields = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\(quoted("\($0.value)"))" }.joined()
        let level = event.level.rawValue.uppercased()
        let pad = String(repeating: " ", count: max(0, 7 - level.count))
        return "\(now()) \(level)\(pad) \(event.message)\(fields)"
    }

    private func quoted(_ value: String) -> String {
        value.contains { $0 == " " || $0 == "\"" || $0.isNewline } ? String(reflecting: value) : value
    }

    private func json(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        var fields = metadata.mapValues { "\($0)" }
        fields["time"] = now()
        fields["level"] = event.level.rawValue
        fields["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = (try? encoder.encode(fields)) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }

    private func now() -> String { Date.now.formatted(.iso8601) }
}
