package import BridgeHTTP
package import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
package import PlainHTTP

/// Carries out what supervisors ask for.
package final class EffectRunner: EffectRunning {
    private let directory: LockDirectory
    private let bridge: any BridgeCalling
    private let address: WebhookAddress
    private let announcer: any Announcing
    private let record: any FactRecording
    private let inbox: EngineInbox
    private let time: TimeSource
    private let road: CommandRoad
    /// Ends the call under way of a lock, when it may be ended.
    private let abandonable = NIOLockedValueBox<[LockID: AsyncStream<Never>.Continuation]>([:])

    package init(
        directory: LockDirectory,
        bridge: any BridgeCalling,
        listen: HTTPEndpoint,
        advertised: String?,
        announcer: any Announcing,
        record: any FactRecording,
        inbox: EngineInbox,
        time: TimeSource
    ) {
        self.directory = directory
        self.bridge = bridge
        self.announcer = announcer
        self.record = record
        self.inbox = inbox
        self.time = time
        address = WebhookAddress(advertised: advertised, listen: listen)
        road = CommandRoad(directory: directory, bridge: bridge, record: record, time: time)
    }

    package func perform(_ effect: LockEffect, for lock: LockID, in group: inout DiscardingTaskGroup) {
        switch effect {
        case .announce(let announcement): announcer.announce(announcement, for: lock)
        case .remember(let fact): record.remember(fact, of: lock)
        case .note(let notice): announcer.note(notice, for: lock)
        case .sendCommand(let attempt):
            group.addTask { [self] in
                let answer = await road.deliver(attempt, for: lock)
                inbox.report(LockInput(lock, .commandAnswered(attempt, answer)))
            }
        case .readStatus(let id):
            let signal = makeSignal(for: lock)
            group.addTask { [self] in
                let answer = await abandoned(on: signal, as: .abandoned) { await self.readStatus(of: lock) }
                inbox.report(LockInput(lock, .statusRead(id, answer)))
            }
        case .reconcileWebhooks:
            let signal = makeSignal(for: lock)
            group.addTask { [self] in
                let outcome = await abandoned(on: signal, as: .abandoned) { await self.reconcile(lock) }
                inbox.report(LockInput(lock, .webhooksReconciled(outcome)))
            }
        case .probe:
            group.addTask { [self] in
                let route = await route(to: lock)
                inbox.report(LockInput(lock, .probed(reachable: route != nil)))
            }
        case .abandonBridgeCall:
            abandonable.withLockedValue { $0.removeValue(forKey: lock) }?.finish()
        }
    }

    private func readStatus(of lock: LockID) async -> StatusAnswer {
        guard let known = directory[lock] else { return .failed(.noRoute) }
        let answer = await bridge.readStatus(of: known.bridge.endpoint)
        if case .read(let status, _) = answer, let mac = status.bridgeMAC, known.bridge.isNumeric {
            directory.met(mac, of: lock, at: known.bridge.host)
        }
        return answer
    }

    private func route(to lock: LockID) async -> BridgeRoute? {
        guard let known = directory[lock], let route = await bridge.route(to: known.bridge.endpoint) else { return nil }
        directory.bridgeAnswered(of: lock, at: route.remote)
        return route
    }

    private func reconcile(_ lock: LockID) async -> WebhookReconciliation {
        guard let known = directory[lock] else { return .noUsableAddress }
        guard let route = await route(to: lock) else { return .failed(.noRoute) }
        guard let url = address.url(for: lock, over: route) else { return .noUsableAddress }
        let time = time
        let keeper = WebhookKeeper(
            bridge: known.bridge.endpoint,
            key: known.bridgeKey,
            lock: lock,
            calling: bridge,
            now: { time.now().unix }
        )
        return await keeper.reconcile(url: url)
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
