import LockDomain
import Logging
import NIOConcurrencyHelpers

/// Writes into the owner's log which messages did not turn commands on or off, and why.
///
/// Anybody on the broker can send them, so of each lock and reason one line is written at once, then one a minute.
final class SwitchLog: Sendable {
    enum Reason: String {
        case retained = "the message is retained"
        case unreadable = "neither on nor off"
        case tooMany = "too much at once"
    }

    private struct Kind: Hashable {
        let lock: LockID
        let reason: Reason
    }

    /// Of more than a thousand locks every reason.
    private static let capacity = 4096

    private let state = NIOLockedValueBox(
        FoldedLog<Kind, String>(window: .seconds(60), capacity: SwitchLog.capacity)
    )
    private let time: TimeSource
    private let logger: Logger

    init(time: TimeSource, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    func note(_ reason: Reason, on topic: String, of lock: LockID) {
        let now = time.now().uptime
        write(state.withLockedValue { $0.note(Kind(lock: lock, reason: reason), topic, at: now) })
    }

    /// Writes what was counted, when its time has come.
    func writeDue() {
        let now = time.now().uptime
        write(state.withLockedValue { $0.due(at: now) })
    }

    /// Writes what was counted so far, for the end.
    func writeRest() { write(state.withLockedValue { $0.rest() }) }

    private func write(_ lines: [FoldedLog<Kind, String>.Line]) {
        for line in lines {
            var metadata: Logger.Metadata = [
                "mqtt.topic": "\(line.detail)", "reason": "\(line.kind?.reason.rawValue ?? "several reasons")",
            ]
            if let kind = line.kind { metadata["lock.id"] = "\(kind.lock)" }
            if line.count > 1 { metadata["times"] = "\(line.count)" }
            logger.warning("commands neither turned on nor off", metadata: metadata)
        }
    }
}
