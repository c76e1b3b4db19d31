import BridgeHTTP
import LockDomain
import LoqedWire

/// The way of one attempt from the supervisor's permission to the wire.
struct CommandRoad: Sendable {
    let directory: LockDirectory
    let bridge: any BridgeCalling
    let time: TimeSource

    /// Signs afresh and writes at most once. Never called twice for one permission.
    func deliver(_ attempt: CommandAttempt, for lock: LockID) async -> CommandAnswer {
        guard let known = directory[lock] else { return .notSent(.unreachable(.noRoute)) }
        let now = time.now()
        guard now.uptime < attempt.notAfter else { return .notSent(.tooLate) }
        let command = SignedCommand(attempt.action, key: known.localKeyID, secret: known.keySecret, at: now.unix)
        return await bridge.deliver(.command(command), to: known.bridge.endpoint)
    }
}
