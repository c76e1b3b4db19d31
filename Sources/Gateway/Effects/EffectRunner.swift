package import BridgeHTTP
package import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP

/// Carries out what supervisors ask for.
package final class EffectRunner: EffectRunning {
    private let directory: LockDirectory
    private let bridge: any BridgeCalling
    private let locator: BridgeLocator
    private let callbacks: CallbackChooser
    private let internet: InternetCheck
    private let announcer: any Announcing
    private let killSwitch: KillSwitchNews
    private let record: any FactRecording
    private let explanations: ExplanationBook
    private let inbox: EngineInbox
    private let time: TimeSource
    private let road: CommandRoad
    /// Ends the call under way of a lock, when it may be ended.
    private let abandonable = NIOLockedValueBox<[LockID: AsyncStream<Never>.Continuation]>([:])

    package init(
        directory: LockDirectory,
        locator: BridgeLocator,
        bridge: any BridgeCalling,
        callbacks: CallbackChooser,
        internet: InternetCheck,
        announcer: any Announcing,
        record: any FactRecording,
        explanations: ExplanationBook,
        inbox: EngineInbox,
        time: TimeSource,
        isRecordUsable: Bool = true
    ) {
        self.directory = directory
        self.locator = locator
        self.bridge = bridge
        self.callbacks = callbacks
        self.internet = internet
        self.announcer = announcer
        killSwitch = KillSwitchNews(announcer, isShut: !isRecordUsable)
        self.record = record
        self.explanations = explanations
        self.inbox = inbox
        self.time = time
        road = CommandRoad(directory: directory, locator: locator, bridge: bridge, record: record, time: time)
    }

    package func perform(_ effect: LockEffect, for lock: LockID, in group: inout DiscardingTaskGroup) {
        switch effect {
        case .announce(let announcement): killSwitch.announce(announcement, for: lock)
        case .remember(let fact):
            if case .bridgeIdentified(let mac) = fact { locator.identified(mac, of: lock) }
            record.remember(fact, of: lock)
            guard case .commandsSwitched(let isOn) = fact else { break }
            killSwitch.turned(to: isOn, of: lock)
            group.addTask { [self] in
                _ = await record.settle()
                // At the end nobody waits for the disk, and nothing is shown that may not be on it.
                guard !Task.isCancelled else { return }
                killSwitch.recorded(of: lock)
            }
        case .note(let notice): announcer.note(notice, for: lock)
        case .explain(let decision): explanations.record(decision, of: lock)
        case .sendCommand(let attempt):
            group.addTask { [self] in
                let answer = await road.deliver(attempt, for: lock)
                inbox.report(LockInput(lock, .commandAnswered(attempt, answer)))
            }
        case .withdrawCommand(let attempt): road.withdraw(attempt, of: lock)
        case .readStatus(let id):
            let signal = makeSignal(for: lock)
            group.addTask { [self] in
                let answer = await abandoned(on: signal, as: .abandoned) { await self.readStatus(of: lock) }
                inbox.report(LockInput(lock, .statusRead(id, answer)))
            }
        case .reconcileWebhooks:
            let signal = makeSignal(for: lock)
            group.addTask { [self] in
                let (outcome, route) = await abandoned(on: signal, as: (.abandoned, nil)) { await self.reconcile(lock) }
                inbox.report(LockInput(lock, .webhooksReconciled(outcome, over: route)))
            }
        case .probe:
            group.addTask { [self] in
                inbox.report(LockInput(lock, .probed(await probe(lock))))
            }
        case .abandonBridgeCall:
            abandonable.withLockedValue { $0.removeValue(forKey: lock) }?.finish()
        }
    }

    private func readStatus(of lock: LockID) async -> StatusAnswer {
        guard let known = directory[lock] else { return .failed(.noRoute) }
        let endpoint: HTTPEndpoint
        switch await locator.endpoint(of: known) {
        case .success(let found): endpoint = found
        case .failure(let failure): return .failed(failure)
        }
        let answer = await bridge.readStatus(of: endpoint)
        switch answer {
        case .read(let status, _): locator.met(status.bridgeMAC, of: lock, at: endpoint.host)
        case .failed(let failure): return .failed(await explained(failure, of: lock))
        case .abandoned: break
        }
        return answer
    }

    /// Why the bridge cannot be reached; nil when it can.
    private func probe(_ lock: LockID) async -> BridgeFailure? {
        guard let known = directory[lock] else { return .noRoute }
        switch await locator.endpoint(of: known) {
        case .success(let endpoint):
            guard case .failure(let failure) = await bridge.route(to: endpoint) else { return nil }
            return await explained(failure, of: lock)
        case .failure(let failure): return failure
        }
    }

    /// Notes that a request failed; says whether the internet may have to do with it.
    private func explained(_ failure: BridgeFailure, of lock: LockID) async -> BridgeFailure {
        locator.failed(of: lock)
        guard failure == .refused, await internet.isGone() else { return failure }
        return .refusedWithoutInternet
    }

    private func reconcile(_ lock: LockID) async -> (WebhookReconciliation, CallbackRoute?) {
        guard let known = directory[lock] else { return (.failed(.noRoute), nil) }
        let endpoint: HTTPEndpoint
        switch await locator.identifiedEndpoint(of: known, expecting: locator.mac(of: lock)) {
        case .success(let found): endpoint = found
        case .failure(let failure): return (.failed(failure), nil)
        }
        let choice: CallbackChooser.Choice
        switch callbacks.choice(forBridgeAt: endpoint.host) {
        case .success(let found): choice = found
        case .failure(let why): return (.noUsableAddress(why), nil)
        }
        let time = time
        let keeper = WebhookKeeper(
            bridge: endpoint,
            key: known.bridgeKey,
            calling: bridge,
            now: { time.now().unix }
        )
        return (await keeper.reconcile(url: choice.base + WebhookController.path(of: lock), of: lock), choice.route)
    }

    // MARK: Giving up

    private func makeSignal(for lock: LockID) -> AsyncStream<Never> {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        abandonable.withLockedValue { $0[lock] = continuation }
        return stream
    }

    /// The result of `work`, or `substitute` as soon as the signal ends; `work` is cancelled then.
    private func abandoned<Result: Sendable>(
        on signal: AsyncStream<Never>,
        as substitute: Result,
        _ work: @escaping @Sendable () async -> Result
    ) async -> Result {
        await withTaskGroup(of: Result.self) { group in
            group.addTask { await work() }
            group.addTask {
                for await _ in signal {}
                return substitute
            }
            defer { group.cancelAll() }
            return await group.next() ?? substitute
        }
    }
}

/// Who tells the world and the owner.
package protocol Announcing: Sendable {
    /// Takes an announcement at once; announcements of one lock go out in the order of the calls.
    func announce(_ announcement: Announcement, for lock: LockID)
    func note(_ notice: Notice, for lock: LockID)
}
