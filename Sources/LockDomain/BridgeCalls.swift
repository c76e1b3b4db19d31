/// The requests to one bridge: one at a time, commands first.
struct BridgeCalls: Hashable, Sendable {
    enum Call: Hashable, Sendable {
        case command(CommandAttempt)
        case read(ReadID, begunAt: Duration)
        case reconciliation
    }

    private(set) var underWay: Call?
    /// A TCP probe is out; it may run beside nothing but itself.
    private(set) var isProbing = false
    private var isAbandoning = false
    /// Something newer was heard since the read under way began.
    private var isReadOvertaken = false
    private var lastReadID = 0

    var isIdle: Bool { underWay == nil }

    mutating func beginCommand(_ attempt: CommandAttempt) { underWay = .command(attempt) }

    mutating func beginRead(at now: Duration) -> ReadID {
        lastReadID += 1
        let id = ReadID(lastReadID)
        underWay = .read(id, begunAt: now)
        isReadOvertaken = false
        return id
    }

    /// The lock or the bridge said something: newer than what a read shows that is under way now.
    mutating func overtake() { isReadOvertaken = true }

    mutating func beginReconciliation() { underWay = .reconciliation }

    mutating func beginProbe() { isProbing = true }

    mutating func endProbe() { isProbing = false }

    /// Whether the call under way should be given up for a command; says so once.
    mutating func abandon() -> Bool {
        switch underWay {
        case .read, .reconciliation:
            guard !isAbandoning else { return false }
            isAbandoning = true
            return true
        case .command, nil: return false
        }
    }

    /// The command under way, if it should be kept back; says so once.
    mutating func withdraw() -> CommandAttempt? {
        guard case .command(let attempt) = underWay, !isAbandoning else { return nil }
        isAbandoning = true
        return attempt
    }

    /// Ends the read with that id; says when it was begun, or nothing if it is not the one under way.
    mutating func endRead(_ id: ReadID) -> (begunAt: Duration, isOvertaken: Bool)? {
        guard case .read(id, let begunAt) = underWay else { return nil }
        end()
        return (begunAt, isReadOvertaken)
    }

    mutating func endReconciliation() -> Bool {
        guard underWay == .reconciliation else { return false }
        end()
        return true
    }

    mutating func endCommand(_ attempt: CommandAttempt) -> Bool {
        guard underWay == .command(attempt) else { return false }
        end()
        return true
    }

    private mutating func end() {
        underWay = nil
        isAbandoning = false
    }
}
