import LockDomain
import Logging

/// Writes what supervisors note into the owner's log: of what comes again and again one line at once, then one a minute.
///
/// A bridge whose Wi-Fi flaps, or somebody on the broker who sends commands without end, decides how much happens but not
/// how long the log gets.
final class NoticeLog: Sendable {
    private struct Kind: Hashable {
        let lock: LockID
        let word: String
    }

    /// What one lock can note is a few dozen words.
    private static let capacity = 4096

    private let log: FoldedLogWriter<Kind, Notice>
    private let logger: Logger

    init(time: TimeSource, logger: Logger) {
        self.logger = logger
        log = FoldedLogWriter(capacity: Self.capacity, time: time) { line in
            guard let kind = line.kind else {
                logger.warning("more is noted than the log tells apart", metadata: ["times": "\(line.count)"])
                return
            }
            NoticeText.log(line.detail, of: kind.lock, times: line.count, to: logger)
        }
    }

    func note(_ notice: Notice, of lock: LockID) {
        guard let word = Self.word(for: notice) else { return NoticeText.log(notice, of: lock, to: logger) }
        log.note(Kind(lock: lock, word: word), notice)
    }

    /// Writes what was counted, when its time has come.
    func writeDue() { log.writeDue() }

    /// Writes what was counted so far, for the end.
    func writeRest() { log.writeRest() }

    /// Notices with the same word are folded; those without are as many as the owner's own deeds.
    private static func word(for notice: Notice) -> String? {
        switch notice {
        case .connectivityChanged(.online): "online"
        case .connectivityChanged(.offline(let reason)): "offline \(reason.rawValue)"
        case .webhookPathChanged(.proven): "webhooks proven"
        case .webhookPathChanged(.unproven): "webhooks unproven"
        case .bridgeRecognised(let kind): "bridge \(kind)"
        case .statusUnreadable(let failure): "status \(failure.rawValue)"
        // Few get past the RepeatGate, and only a log at debug shows them: whoever turns that on wants to see the next.
        case .webhookRepeated: nil
        case .webhookLate: "webhook late"
        case .clockSkewed: "clock skewed"
        case .unexpectedOwnKey: "unexpected key"
        case .clockCredible(let isRight): "clock \(isRight)"
        case .webhooksReconciled(let outcome): word(for: outcome)
        case .commandEnded(_, _, .refused(let reason)): "refused \(reason.rawValue)"
        case .commandEnded(_, _, let status): Self.word(for: status)
        case .commandsSwitched(let isOn): "commands \(isOn)"
        }
    }

    private static func word(for outcome: WebhookReconciliation) -> String {
        switch outcome {
        case .inOrder: "webhook in order"
        case .failed(let failure): "webhook \(failure.rawValue)"
        case .badKey: "webhook key"
        case .listFull: "webhook list full"
        case .noUsableAddress: "webhook address"
        case .abandoned: "webhook abandoned"
        }
    }

    /// What a command did at the door is told each time.
    private static func word(for status: CommandStatus) -> String? {
        switch status {
        case .superseded: "superseded"
        case .expired(let reason): "expired \(reason?.rawValue ?? "")"
        default: nil
        }
    }
}
