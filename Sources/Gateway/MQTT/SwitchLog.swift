import LockDomain
import Logging

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

    private let log: FoldedLogWriter<Kind, String>

    init(time: TimeSource, logger: Logger) {
        log = FoldedLogWriter(capacity: Self.capacity, time: time) { line in
            var metadata: Logger.Metadata = [
                "mqtt.topic": "\(line.detail)", "reason": "\(line.kind?.reason.rawValue ?? "several reasons")",
            ]
            if let kind = line.kind { metadata["lock.id"] = "\(kind.lock)" }
            if line.count > 1 { metadata["times"] = "\(line.count)" }
            logger.warning("commands neither turned on nor off", metadata: metadata)
        }
    }

    func note(_ reason: Reason, on topic: String, of lock: LockID) {
        log.note(Kind(lock: lock, reason: reason), topic)
    }

    /// Writes what was counted, when its time has come.
    func writeDue() { log.writeDue() }

    /// Writes what was counted so far, for the end.
    func writeRest() { log.writeRest() }
}
