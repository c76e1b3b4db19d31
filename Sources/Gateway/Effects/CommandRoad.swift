import BridgeHTTP
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP

/// The way of one attempt from the supervisor's permission to the wire.
struct CommandRoad: Sendable {
    private let directory: LockDirectory
    private let bridge: any BridgeCalling
    private let locator: BridgeLocator
    private let record: any FactRecording
    private let time: TimeSource
    private let signatures = NIOLockedValueBox<[LockID: SignatureMemory]>([:])
    /// The last attempt of each lock that was to be kept back.
    private let withdrawn = NIOLockedValueBox<[LockID: CommandAttempt]>([:])

    init(
        directory: LockDirectory,
        locator: BridgeLocator,
        bridge: any BridgeCalling,
        record: any FactRecording,
        time: TimeSource
    ) {
        self.directory = directory
        self.locator = locator
        self.bridge = bridge
        self.record = record
        self.time = time
    }

    /// Signs afresh and writes at most once.
    ///
    /// Never called twice for one permission. Nothing is written before it is safe on record that it may be.
    func deliver(_ attempt: CommandAttempt, for lock: LockID) async -> CommandAnswer {
        guard let known = directory[lock] else { return .notSent(.unreachable(.noRoute)) }
        guard await isOnRecord(before: attempt.notAfter) else { return .notSent(.journalUnavailable) }
        switch await address(of: known, for: attempt) {
        case .success(let endpoint): return await deliver(attempt, for: known, to: endpoint)
        case .failure(let reason): return .notSent(reason)
        }
    }

    /// Whether all that precedes the attempt is safe on record; a disk that hangs is waited for until then.
    private func isOnRecord(before deadline: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await record.settle() }
            group.addTask {
                try? await time.sleep(deadline)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    /// Keeps an attempt back, unless something of it may have been written already.
    func withdraw(_ attempt: CommandAttempt, of lock: LockID) { withdrawn.withLockedValue { $0[lock] = attempt } }

    /// Why an attempt may not be written now; asked again when all that is left is to write it.
    private func objection(to attempt: CommandAttempt, of lock: LockID) -> NotSentReason? {
        if withdrawn.withLockedValue({ $0[lock] == attempt }) { return .withdrawn }
        return time.now().uptime < attempt.notAfter ? nil : .tooLate
    }

    /// A signature carries whole seconds, so the same command twice within one would be the same bytes.
    ///
    /// What a lock makes of those is not known; the second waits for the next second.
    private func deliver(
        _ attempt: CommandAttempt,
        for lock: GatewayConfiguration.Lock,
        to endpoint: HTTPEndpoint
    ) async -> CommandAnswer {
        while true {
            if let reason = objection(to: attempt, of: lock.id) { return .notSent(reason) }
            let now = time.now()
            let isNew = signatures.withLockedValue {
                $0[lock.id, default: SignatureMemory()].admit(attempt.action, at: now.unix.seconds)
            }
            if isNew {
                let command = SignedCommand(
                    attempt.action,
                    key: lock.localKeyID,
                    secret: lock.keySecret,
                    at: now.unix
                )
                return await bridge.deliver(.command(command), to: endpoint) { objection(to: attempt, of: lock.id) }
            }
            let rest = 1000 - (now.unix.milliseconds - now.unix.seconds * 1000)
            guard (try? await time.sleep(now.uptime + .milliseconds(rest))) != nil else { return .notSent(.tooLate) }
        }
    }

    /// Where the lock's own bridge is.
    ///
    /// An address at which it was not met yet is asked who it is, before anything is signed for it.
    private func address(
        of lock: GatewayConfiguration.Lock,
        for attempt: CommandAttempt
    ) async -> Result<HTTPEndpoint, NotSentReason> {
        let found =
            if attempt.bridgeMAC == nil {
                await locator.endpoint(of: lock)
            } else {
                await locator.identifiedEndpoint(of: lock, expecting: attempt.bridgeMAC)
            }
        return found.mapError { $0 == .wrongBridge ? .wrongBridge : .unreachable($0) }
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
