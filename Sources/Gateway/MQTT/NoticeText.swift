import LockDomain
import LockMessages
import Logging

/// Renders what supervisors note for the owner's log.
///
/// Nothing here can hold a secret.
enum NoticeText {
    /// - Parameters:
    ///   - notice: what was noted.
    ///   - lock: which lock.
    ///   - times: how often, when it was folded.
    ///   - logger: where it is written.
    static func log(_ notice: Notice, of lock: LockID, times: Int = 1, to logger: Logger) {
        var logger = logger
        if times > 1 { logger[metadataKey: "times"] = "\(times)" }
        if let problem = notice.problem { logger[metadataKey: "problem"] = "\(problem.rawValue)" }
        let id: Logger.MetadataValue = "\(lock)"
        switch notice {
        case .connectivityChanged(.online): logger.info("lock online", metadata: ["lock.id": id])
        case .connectivityChanged(.offline(let reason)):
            logger.warning("lock offline", metadata: ["lock.id": id, "reason": "\(reason.rawValue)"])
        case .webhookPathChanged(.proven): logger.info("webhooks arrive", metadata: ["lock.id": id])
        case .webhookPathChanged(.unproven):
            logger.warning(
                "a change came without its webhook; reading the status more often",
                metadata: ["lock.id": id]
            )
        case .bridgeRecognised(.esp32): logger.info("bridge recognised: ESP32", metadata: ["lock.id": id])
        case .bridgeRecognised(.shelly):
            logger.info(
                "bridge recognised: Shelly-based; its unsigned webhooks only trigger reads of the status",
                metadata: ["lock.id": id]
            )
        case .statusUnreadable(let failure):
            logger.warning("status not read", metadata: ["lock.id": id, "reason": "\(failure.rawValue)"])
        case .webhookRepeated: logger.debug("webhook repeated", metadata: ["lock.id": id])
        case .webhookLate(let by):
            logger.info("webhook late", metadata: ["lock.id": id, "seconds": "\(by.components.seconds)"])
        case .clockSkewed(let skew):
            logger.warning(
                "the clocks of gateway and bridge differ; check that both have the time by NTP",
                metadata: ["lock.id": id, "seconds": "\(skew.components.seconds)"]
            )
        case .unexpectedOwnKey(let key):
            logger.warning(
                "the lock moved by our key without a command of ours; a signed command may have been replayed",
                metadata: ["lock.id": id, "key.id": "\(key)"]
            )
        case .commandsSwitched(let isOn):
            logger.notice(isOn ? "commands turned on" : "commands turned off", metadata: ["lock.id": id])
        case .clockCredible(true): logger.notice("our clock is right again", metadata: ["lock.id": id])
        case .clockCredible(false):
            logger.warning(
                "our clock is not right, so no command is signed; give this machine the time by NTP",
                metadata: ["lock.id": id]
            )
        case .webhooksReconciled(let outcome): log(outcome, of: id, to: logger)
        case .commandEnded(let command, let action, let status): log(command, action, status, of: id, to: logger)
        }
    }

    private static func log(_ outcome: WebhookReconciliation, of id: Logger.MetadataValue, to logger: Logger) {
        switch outcome {
        case .inOrder(let foreign) where foreign > 3:
            logger.warning(
                "the bridge calls many other targets before or after us; dead ones delay every event",
                metadata: ["lock.id": id, "webhooks.foreign": "\(foreign)"]
            )
        case .inOrder: logger.info("webhook registered on the bridge", metadata: ["lock.id": id])
        case .failed(let failure):
            logger.warning("webhook not registered", metadata: ["lock.id": id, "reason": "\(failure.rawValue)"])
        case .badKey:
            logger.warning(
                "the bridge refuses our bridge_key; check it in the configuration",
                metadata: ["lock.id": id]
            )
        case .listFull(let foreign):
            logger.warning(
                "the bridge takes no more webhook targets, so ours is not registered; remove dead ones by webhooks remove",
                metadata: ["lock.id": id, "webhooks.foreign": "\(foreign)"]
            )
        case .noUsableAddress(let why):
            logger.warning(
                "no address that the bridge could reach, so no webhook is registered",
                metadata: ["lock.id": id, "reason": "\(why.reason.rawValue)", "remedy": "\(why.remedy)"]
            )
        case .abandoned: return
        }
    }

    private static func log(
        _ command: CommandID,
        _ action: LockAction?,
        _ status: CommandStatus,
        of id: Logger.MetadataValue,
        to logger: Logger
    ) {
        let (word, reason) = status.words
        var metadata: Logger.Metadata = ["lock.id": id, "command.id": "\(command)", "command.status": "\(word)"]
        if let action { metadata["command.action"] = "\(action.rawValue)" }
        if let reason { metadata["reason"] = "\(reason)" }
        switch status {
        case .confirmed, .superseded: logger.info("command ended", metadata: metadata)
        default: logger.warning("command ended", metadata: metadata)
        }
    }
}

extension Notice {
    /// The code of the problem that it goes with.
    fileprivate var problem: Problem.Code? {
        switch self {
        case .clockSkewed: .clockSkew
        case .clockCredible(false): .clock
        case .webhooksReconciled(.badKey): .bridgeKeyRefused
        case .webhooksReconciled(.listFull): .webhookListFull
        case .webhooksReconciled(.noUsableAddress): .webhookAddressUnusable
        case .webhooksReconciled(.failed): .webhookListUnreadable
        case .webhookPathChanged(.unproven): .webhooksMissing
        default: nil
        }
    }
}
