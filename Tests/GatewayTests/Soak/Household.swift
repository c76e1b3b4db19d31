import GatewayTestSupport
import LockDomain

@testable import Gateway

/// What a supervisor told the world of its lock.
struct Word: Sendable {
    let lock: LockID
    let announcement: Announcement
}

/// Locks with their real supervisors, on bridges that do what a seed says, in one driven clock.
///
/// Everything follows from the seed and from the commands that come in between.
struct Household {
    private enum Bridge {
        case shows(BridgeStatus)
        case fails(BridgeFailure)
        case silent
    }

    private struct Home {
        var supervisor: LockSupervisor
        var bridge = Bridge.shows(BridgeStatus(isLockOnline: true, bolt: .dayLock))
        var commandAnswer: CommandAnswer? = .acknowledged
        var read: ReadID?
        var attempt: CommandAttempt?
        var lastWebhook: (BridgeReport, WebhookStamp)?
    }

    static let ownKey = KeyID(3)!

    let locks: [LockID]
    private var homes: [LockID: Home] = [:]
    private var now = Moment(uptime: .seconds(1000), unix: UnixTime(seconds: 1_700_000_000))
    private var count: UInt64 = 0
    private var said: [Word] = []

    init(_ locks: [LockID]) {
        self.locks = locks
        for lock in locks {
            let identity = LockIdentity(
                id: lock,
                ownKey: Self.ownKey,
                keyNames: [KeyID(1)!: "Alice", Self.ownKey: "Gateway"],
                allowedActions: [.lock, .unlock, .open]
            )
            homes[lock] = Home(supervisor: LockSupervisor(identity, policy: LockPolicy(), at: now))
        }
    }

    /// Every supervisor starts.
    mutating func start() -> [Word] {
        for lock in locks { tell(lock, .started) }
        return takeWords()
    }

    /// Every supervisor ends.
    mutating func stop() -> [Word] {
        for lock in locks { tell(lock, .stopping) }
        return takeWords()
    }

    /// Something came in over MQTT.
    mutating func take(_ input: LockInput) -> [Word] {
        tell(input.lock, input.event)
        return takeWords()
    }

    /// An event at a lock that nothing else in the story equals.
    mutating func mark(_ lock: LockID) -> [Word] {
        report(lock, BridgeReport(kind: .going(to: .nightLock), eventType: "MARK_\(count)", cause: .remote))
        return takeWords()
    }

    /// One random event, a moment after the one before.
    mutating func step(using random: inout SeededGenerator) -> [Word] {
        advance(by: .milliseconds(Int.random(in: 1...900, using: &random)))
        happen(at: locks.randomElement(using: &random)!, &random)
        return takeWords()
    }

    private mutating func takeWords() -> [Word] {
        defer { said = [] }
        return said
    }

    // MARK: What happens

    private mutating func happen(at lock: LockID, _ random: inout SeededGenerator) {
        let bolt = [BoltState.unknown, .open, .dayLock, .nightLock].randomElement(using: &random)!
        let key = [nil, Self.ownKey, KeyID(1)!, KeyID(7)!].randomElement(using: &random)!
        let age = Int64.random(in: 0...3, using: &random)
        switch Int.random(in: 0..<30, using: &random) {
        case 0...4: report(lock, BridgeReport(kind: .reached(bolt), eventType: "REACHED_\(count)", key: key), age)
        case 5...8: report(lock, BridgeReport(kind: .going(to: bolt), eventType: "GOING_\(count)", key: key), age)
        case 9: report(lock, BridgeReport(kind: .stalled, eventType: "STALLED_\(count)", key: key))
        case 10, 11:
            let battery = BatteryReading(level: Int.random(in: 0...100, using: &random), voltage: 10.4, type: .alkaline)
            report(lock, BridgeReport(kind: .battery, battery: battery))
        case 12, 13:
            let signal = SignalReading(
                wifi: Int.random(in: 1...100, using: &random),
                bluetooth: Int.random(in: 1...100, using: &random),
                lockLost: Int.random(in: 0..<5, using: &random) == 0
            )
            report(lock, BridgeReport(kind: .signal, signal: signal))
        case 14...18: request(lock, &random)
        case 19: homes[lock]?.bridge = .shows(BridgeStatus(isLockOnline: true, bolt: bolt, bridgeMAC: "a0b1c2d3e4f1"))
        case 20: homes[lock]?.bridge = .shows(BridgeStatus(isLockOnline: false, bolt: .unknown))
        case 21: homes[lock]?.bridge = .fails([.refused, .noAnswer, .unreadable].randomElement(using: &random)!)
        case 22: homes[lock]?.bridge = .silent
        case 23:
            homes[lock]?.commandAnswer =
                [.acknowledged, .unanswered, .notSent(.unreachable(.refused)), nil].randomElement(using: &random)!
        case 24: settle(lock)
        case 25: tell(lock, [.refreshRequested, .doorbellRang, .networkChanged].randomElement(using: &random)!)
        case 26: tell(lock, .commandsSwitched(Int.random(in: 0..<3, using: &random) > 0))
        case 27: if let (report, stamp) = homes[lock]?.lastWebhook { tell(lock, .bridgeReported(report, stamp)) }
        default: advance(by: .milliseconds(Int.random(in: 0...40_000, using: &random)))
        }
    }

    private mutating func report(_ lock: LockID, _ report: BridgeReport, _ age: Int64 = 0) {
        count += 1
        let stamp = WebhookStamp(signedAt: now.unix.seconds - age, fingerprint: count)
        homes[lock]?.lastWebhook = (report, stamp)
        tell(lock, .bridgeReported(report, stamp))
    }

    private mutating func request(_ lock: LockID, _ random: inout SeededGenerator) {
        count += 1
        let isAgain = Int.random(in: 0..<5, using: &random) == 0
        let request = CommandRequest(
            id: CommandID(isAgain ? "again-\(count % 9)" : "inside-\(count)")!,
            action: LockAction.allCases.randomElement(using: &random)!,
            timeToLive: Int.random(in: 0..<8, using: &random) == 0 ? .seconds(3) : nil
        )
        tell(lock, .commandRequested(request))
    }

    /// Brings the answers that are still owed.
    private mutating func settle(_ lock: LockID) {
        if let attempt = homes[lock]?.attempt { answer(lock, attempt, .unanswered) }
        if let read = homes[lock]?.read { answer(lock, read, .failed(.noAnswer)) }
    }

    // MARK: The supervisors

    private mutating func tell(_ lock: LockID, _ event: LockEvent) {
        let effects = homes[lock]?.supervisor.handle(event, at: now) ?? []
        for effect in effects { perform(effect, lock) }
    }

    private mutating func answer(_ lock: LockID, _ read: ReadID, _ answer: StatusAnswer) {
        homes[lock]?.read = nil
        tell(lock, .statusRead(read, answer))
    }

    private mutating func answer(_ lock: LockID, _ attempt: CommandAttempt, _ answer: CommandAnswer) {
        homes[lock]?.attempt = nil
        tell(lock, .commandAnswered(attempt, answer))
    }

    private mutating func perform(_ effect: LockEffect, _ lock: LockID) {
        guard let home = homes[lock] else { return }
        switch effect {
        case .announce(let announcement): said.append(Word(lock: lock, announcement: announcement))
        case .remember, .note, .explain: break
        case .sendCommand(let attempt):
            homes[lock]?.attempt = attempt
            if let given = home.commandAnswer { answer(lock, attempt, given) }
        case .readStatus(let id):
            homes[lock]?.read = id
            switch home.bridge {
            case .shows(let status): answer(lock, id, .read(status, .esp32))
            case .fails(let failure): answer(lock, id, .failed(failure))
            case .silent: break
            }
        case .probe:
            switch home.bridge {
            case .shows: tell(lock, .probed(nil))
            case .fails(let failure): tell(lock, .probed(failure))
            case .silent: tell(lock, .probed(.connectTimeout))
            }
        case .reconcileWebhooks:
            let route = CallbackRoute(bridge: "192.0.2.50", callback: "192.0.2.10:8099")
            switch home.bridge {
            case .shows: tell(lock, .webhooksReconciled(.inOrder(foreign: 0), over: route))
            case .fails(let failure): tell(lock, .webhooksReconciled(.failed(failure), over: nil))
            case .silent: tell(lock, .webhooksReconciled(.failed(.noAnswer), over: nil))
            }
        // Whatever it is about has been written.
        case .withdrawCommand: break
        case .abandonBridgeCall: if let read = home.read { answer(lock, read, .abandoned) }
        }
    }

    private mutating func advance(by duration: Duration) {
        let end = now.uptime + duration
        while let (deadline, lock) = nextDeadline, deadline <= end {
            move(to: max(deadline, now.uptime))
            tell(lock, .woke)
        }
        move(to: end)
    }

    private var nextDeadline: (Duration, LockID)? {
        locks.compactMap { lock in homes[lock]?.supervisor.nextDeadline.map { ($0, lock) } }.min { $0.0 < $1.0 }
    }

    private mutating func move(to uptime: Duration) {
        let passed = uptime - now.uptime
        let milliseconds = passed.components.seconds * 1000 + passed.components.attoseconds / 1_000_000_000_000_000
        now = Moment(uptime: uptime, unix: UnixTime(milliseconds: now.unix.milliseconds + milliseconds))
    }
}
