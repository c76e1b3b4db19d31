import BridgeHTTP
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers

/// The way of one attempt from the supervisor's permission to the wire.
struct CommandRoad: Sendable {
    private let directory: LockDirectory
    private let bridge: any BridgeCalling
    private let time: TimeSource
    private let signatures = NIOLockedValueBox<[LockID: SignatureMemory]>([:])

    init(directory: LockDirectory, bridge: any BridgeCalling, time: TimeSource) {
        self.directory = directory
        self.bridge = bridge
        self.time = time
    }

    /// Signs afresh and writes at most once.
    ///
    /// Never called twice for one permission.
    ///
    /// A signature carries whole seconds, so the same command twice within one would be the same bytes. What a lock makes
    /// of those is not known; the second waits for the next second.
    func deliver(_ attempt: CommandAttempt, for lock: LockID) async -> CommandAnswer {
        guard let known = directory[lock] else { return .notSent(.unreachable(.noRoute)) }
        while true {
            let now = time.now()
            guard now.uptime < attempt.notAfter else { return .notSent(.tooLate) }
            let isNew = signatures.withLockedValue {
                $0[lock, default: SignatureMemory()].admit(attempt.action, at: now.unix.seconds)
            }
            if isNew {
                let command = SignedCommand(
                    attempt.action,
                    key: known.localKeyID,
                    secret: known.keySecret,
                    at: now.unix
                )
                return await bridge.deliver(.command(command), to: known.bridge.endpoint)
            }
            let rest = 1000 - (now.unix.milliseconds - now.unix.seconds * 1000)
            guard (try? await time.sleep(now.uptime + .milliseconds(rest))) != nil else { return .notSent(.tooLate) }
        }
    }
}

/// The seconds for which a lock's commands have been signed lately.
private struct SignatureMemory {
    private struct Signature: Equatable {
        let action: LockAction
        let seconds: Int64
    }

    /// More than can be signed while the oldest is still fresh to the lock.
    private static let capacity = 100

    private var signatures: [Signature] = []

    /// Checks and records in one step: says whether this would be new bytes.
    mutating func admit(_ action: LockAction, at seconds: Int64) -> Bool {
        let signature = Signature(action: action, seconds: seconds)
        guard !signatures.contains(signature) else { return false }
        signatures.append(signature)
        if signatures.count > Self.capacity { signatures.removeFirst() }
        return true
    }
}
