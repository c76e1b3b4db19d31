package import Logging
import NIOConcurrencyHelpers

/// The lines that the gateway logged.
package final class LogLines: Sendable {
    private let lines = NIOLockedValueBox<[String]>([])

    package init() {}

    package var all: [String] { lines.withLockedValue { $0 } }

    package var logger: Logger { Logger(label: "test") { _ in self.handler } }

    struct Handler: LogHandler {
        let lines: NIOLockedValueBox<[String]>
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }.map {
                " \($0.key)=\($0.value)"
            }.joined()
            lines.withLockedValue { $0.append("\(event.level) \(event.message)\(fields)") }
        }
    }

    var handler: Handler { Handler(lines: lines) }
}
