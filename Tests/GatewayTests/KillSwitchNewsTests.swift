import LockDomain
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@testable import Gateway

@Suite struct `What is shown of the kill switch` {
    private final class Shown: Announcing {
        private let reports = NIOLockedValueBox<[LockReport]>([])

        var all: [String] {
            reports.withLockedValue { $0.map { "\($0.state) \($0.areCommandsEnabled ? "on" : "off")" } }
        }

        func announce(_ announcement: Announcement, for lock: LockID) {
            if case .report(let report) = announcement { reports.withLockedValue { $0.append(report) } }
        }

        func note(_ notice: Notice, for lock: LockID) {}
    }

    /// A record whose disk answers when it is told to.
    private final class SlowRecord: FactRecording {
        private let answers = AsyncStream.makeStream(of: Bool.self)
        private let facts = NIOLockedValueBox<[LockFact]>([])

        var all: [LockFact] { facts.withLockedValue { $0 } }

        func remember(_ fact: LockFact, of lock: LockID) { facts.withLockedValue { $0.append(fact) } }

        func settle() async -> Bool {
            for await isWell in answers.stream { return isWell }
            return false
        }

        func answer(_ isWell: Bool) { answers.continuation.yield(isWell) }
    }

    private static let lock = LockID("front_door")!
    private let shown = Shown()
    private let record = SlowRecord()

    private func runner() -> EffectRunner {
        let (inbox, network, bridge) = (EngineInbox(), ScriptedNetwork(), ScriptedBridge())
        let journal = SilentJournal()
        let locator = BridgeLocator(bridge: bridge, network: network, macs: [:], journal: WrittenJournal())
        let time = DrivenTime().source
        return EffectRunner(
            directory: LockDirectory([], locator: locator, inbox: inbox, journal: journal, time: time),
            locator: locator,
            bridge: bridge,
            callbacks: CallbackChooser(
                advertised: nil,
                listen: HTTPEndpoint(host: "127.0.0.1", port: 1),
                network: network
            ),
            internet: InternetCheck(network: network, target: nil, calling: bridge),
            announcer: shown,
            record: record,
            explanations: ExplanationBook([Self.lock], policy: LockPolicy()),
            inbox: inbox,
            time: time
        )
    }

    private func report(_ state: LockState, isOn: Bool) -> LockEffect {
        var supervisor = LockSupervisor(
            LockIdentity(id: Self.lock, ownKey: KeyID(3)!, allowedActions: []),
            policy: LockPolicy(),
            at: Moment(uptime: .zero, unix: UnixTime(seconds: 1_790_000_000))
        )
        _ = supervisor.handle(.started, at: Moment(uptime: .zero, unix: UnixTime(seconds: 1_790_000_000)))
        var report = supervisor.report
        report.state = state
        report.areCommandsEnabled = isOn
        return .announce(.report(report))
    }

    @Test(arguments: [true, false]) func `waits for the disk, and nothing else does`(isDiskWell: Bool) async {
        let runner = runner()
        await withDiscardingTaskGroup { group in
            runner.perform(report(.locked, isOn: true), for: Self.lock, in: &group)
            runner.perform(.remember(.commandsSwitched(false)), for: Self.lock, in: &group)
            runner.perform(report(.locked, isOn: false), for: Self.lock, in: &group)
            runner.perform(report(.unlocked, isOn: false), for: Self.lock, in: &group)
            #expect(record.all == [.commandsSwitched(false)])
            #expect(shown.all == ["locked on", "locked on", "unlocked on"])
            record.answer(isDiskWell)
        }
        #expect(shown.all == ["locked on", "locked on", "unlocked on", "unlocked off"])
    }

    @Test func `is not shown at the end unless it is on record, and the end does not wait for the disk`() async {
        let runner = runner()
        await withDiscardingTaskGroup { group in
            runner.perform(report(.locked, isOn: true), for: Self.lock, in: &group)
            runner.perform(.remember(.commandsSwitched(false)), for: Self.lock, in: &group)
            runner.perform(report(.locked, isOn: false), for: Self.lock, in: &group)
            group.cancelAll()
        }
        #expect(shown.all == ["locked on", "locked on"])
    }

    @Test func `is the last of several turns`() async {
        let runner = runner()
        await withDiscardingTaskGroup { group in
            for isOn in [false, true, false] {
                runner.perform(.remember(.commandsSwitched(isOn)), for: Self.lock, in: &group)
                runner.perform(report(.locked, isOn: isOn), for: Self.lock, in: &group)
            }
            #expect(shown.all == ["locked on", "locked on", "locked on"])
            for _ in 0..<3 { record.answer(true) }
        }
        #expect(shown.all == ["locked on", "locked on", "locked on", "locked off"])
        await withDiscardingTaskGroup { group in
            runner.perform(report(.unlocked, isOn: false), for: Self.lock, in: &group)
        }
        #expect(shown.all.last == "unlocked off")
    }

    @Test func `is nothing when the lock has gone meanwhile`() async {
        let runner = runner()
        await withDiscardingTaskGroup { group in
            runner.perform(.remember(.commandsSwitched(false)), for: Self.lock, in: &group)
            record.answer(true)
        }
        #expect(shown.all == [])
    }
}
