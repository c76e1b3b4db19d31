package import LockDomain
import LoqedWire

extension SimulatedDevice {
    /// How many signed commands are remembered.
    private static let memory = 10_000
    /// The command for the relay of the bridge: protocol 2, type 89, action 1, and no signature at all.
    private static let relayCommand = "AAAAAAAAAAACWQE="

    /// The bridge hands a command to the lock.
    ///
    /// The lock checks it and says nothing when it does not like it.
    package mutating func receive(base64: String, at now: Moment) {
        counters.received += 1
        guard base64 != Self.relayCommand else { return counters.relay += 1 }
        guard let command = ReceivedCommand(base64: base64) else { return counters.malformed += 1 }
        guard let secret = keys[command.key] else { return counters.unknownKey += 1 }
        guard command.isSigned(with: secret) else { return counters.badSignature += 1 }
        if seenCommands.count >= Self.memory { seenCommands = [] }
        let isRepeated = !seenCommands.insert(base64).inserted
        if isRepeated { counters.repeated += 1 }
        let life = timing.commandLife.components.seconds
        guard (now.unix.seconds - life...now.unix.seconds + life).contains(command.signedAt) else {
            return counters.stale += 1
        }
        guard isOnline else {
            counters.whileOffline += 1
            if manners.keepsCommandsForLostLock { keptCommand = command }
            return
        }
        guard manners.actsOnReplays || !isRepeated else { return }
        obey(command, at: now.uptime)
    }

    mutating func obey(_ command: ReceivedCommand, at now: Duration) {
        counters.valid += 1
        counters.validByAction[command.action, default: 0] += 1
        let event =
            switch command.action {
            case .open: "GO_TO_STATE_INSTANTOPEN_OPEN"
            case .unlock: "GO_TO_STATE_MANUAL_LOCK_REMOTE_LATCH"
            case .lock: "GO_TO_STATE_MANUAL_LOCK_REMOTE_NIGHT_LOCK"
            }
        move(to: command.action.target, by: command.key, event: event, at: now)
    }

    /// The motor is set in motion; whatever it was doing before, it does no more.
    package mutating func move(to target: BoltState, by key: KeyID?, event: String, at now: Duration) {
        guard !hasEmptyBatteries else { return }
        cancelMovement()
        plan(.going(to: target, key, event: event), after: timing.untilGoing, from: now)
    }

    /// The knob is turned by hand.
    package mutating func turnByHand(to target: BoltState, at now: Duration) {
        cancelMovement()
        arrive(at: target, key: nil, now: now)
    }

    mutating func cancelMovement() {
        endMovement(.interrupted)
        planned.removeAll {
            switch $0.step {
            case .going, .reached, .stalled: true
            case .reportOffline, .refreshStatus, .powerOn: false
            }
        }
    }
}
