import LockDomain
import Testing

/// A generator whose sequence follows from its seed alone (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

@Suite struct `Whatever happens` {
    /// Each seed is one story of 150 random steps; the scenario audits every effect of every step.
    ///
    /// A failure names its seed: the same seed tells the same story again.
    @Test(arguments: 0..<20)
    func `no promise is broken`(hundred: UInt64) async {
        for seed in (hundred * 100 + 1)...(hundred * 100 + 100) {
            tell(seed)
            // Others share the threads of the tests.
            await Task.yield()
        }
    }

    private func tell(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var story = LockScenario(.shows(.online(at: .dayLock)))
        story.name = "seed \(seed)"
        story.start()
        for _ in 0..<150 { step(&story, &random) }

        story.bridge = .fails(.refused)
        story.commandAnswer = .notSent(.unreachable(.refused))
        story.settle()
        story.advance(by: .seconds(900))
        #expect(story.state == .unknown, "seed \(seed): a dead bridge vouches for nothing")
        #expect(story.report.connectivity == .offline(.bridgeUnreachable), "seed \(seed)")
        let ends = story.results.filter { $0.status != .refused(.duplicate) }
        for (id, statuses) in Dictionary(grouping: ends, by: \.id).mapValues({ $0.map(\.status) }) {
            #expect(statuses.filter(\.isFinal).count == 1, "seed \(seed), \(id): \(statuses)")
            #expect(statuses.last?.isFinal == true, "seed \(seed), \(id): \(statuses)")
        }
    }

    private func step(_ story: inout LockScenario, _ random: inout SeededGenerator) {
        let bolts: [BoltState] = [.unknown, .open, .dayLock, .nightLock]
        let keys: [KeyID?] = [nil, LockScenario.ownKey, LockScenario.alice]
        let bolt = bolts.randomElement(using: &random)!
        let key = keys.randomElement(using: &random)!
        switch Int.random(in: 0..<29, using: &random) {
        case 0, 1: story.reaches(bolt, key: key, signedAgo: Int64.random(in: 0...3, using: &random))
        case 2, 3: story.goes(to: bolt, key: key)
        case 4: story.stalls(key: key)
        case 5:
            story.reports(.init(kind: .battery, battery: BatteryReading(level: Bool.random(using: &random) ? 50 : nil)))
        case 6:
            story.reports(.init(kind: .signal, signal: SignalReading(wifi: 50, lockLost: Bool.random(using: &random))))
        case 7, 8, 9:
            let action = LockAction.allCases.randomElement(using: &random)!
            let ifState: LockState? = Int.random(in: 0..<8, using: &random) == 0 ? .unlocked : nil
            let timeToLive: Duration? = Int.random(in: 0..<8, using: &random) == 0 ? .seconds(3) : nil
            let id = Int.random(in: 0..<4, using: &random) == 0 ? "again-\(Int.random(in: 0..<9, using: &random))" : nil
            story.request(action, id: id, timeToLive: timeToLive, ifState: ifState)
        case 10: story.bridge = .shows(.online(at: bolt))
        case 11: story.bridge = .shows(.lockOffline)
        case 12:
            story.bridge = .fails([.refused, .noAnswer, .unreadable, .connectTimeout].randomElement(using: &random)!)
        case 13: story.bridge = .silent
        case 14:
            let late: [CommandAnswer] = [
                .acknowledged, .unanswered, .refused(status: 500), .notSent(.unreachable(.refused)),
            ]
            if story.hasOpenAttempt { story.answers(late.randomElement(using: &random)!) }
            let lateReads: [StatusAnswer] = [
                .read(.online(at: bolt), .esp32), .read(.lockOffline, .esp32), .failed(.noAnswer),
            ]
            if story.hasOpenRead { story.statusRead(lateReads.randomElement(using: &random)!) }
            story.settle()
        case 15:
            story.commandAnswer = [.acknowledged, .unanswered, .notSent(.unreachable(.refused)), nil].randomElement(
                using: &random
            )!
        case 16: story.tell(.refreshRequested)
        case 17: story.tell(.doorbellRang)
        case 18: story.jumpWallClock(by: Int64.random(in: -100...100, using: &random))
        case 19: story.restart(after: .milliseconds(Int.random(in: 0...300_000, using: &random)))
        case 20: story.withdraws.toggle()
        case 23:
            let allowed = Set(LockAction.allCases.filter { _ in Int.random(in: 0..<4, using: &random) > 0 })
            story.configure(allowed: allowed)
        case 24: story.tell(.commandsSwitched(Int.random(in: 0..<3, using: &random) > 0))
        case 21: story.repeatsLastWebhook()
        case 22:
            var stranger = BridgeStatus.online(at: bolt)
            stranger.bridgeMAC = "ffffffffffff"
            story.bridge = .shows(stranger)
        default: story.advance(by: .milliseconds(Int.random(in: 0...40_000, using: &random)))
        }
    }
}

extension LockScenario {
    /// Brings the answers that are still owed.
    mutating func settle() {
        if hasOpenAttempt { answers(.unanswered) }
        if hasOpenRead { statusRead(.failed(.noAnswer)) }
    }
}
