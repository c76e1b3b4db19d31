import BridgeHTTP
package import LockDomain
import Logging
import LoqedWire

/// How a new configuration was taken.
package enum ReloadOutcome: Hashable, Sendable {
    /// By the ids of the locks.
    case taken(added: [LockID], removed: [LockID], restarted: [LockID], adjusted: [LockID])
    /// Keys that only a new start can take; nothing was changed.
    case needsRestart(keys: [String])
    /// The broker's end could not be set up; nothing was changed.
    case refused(reason: String)
    /// The gateway ends; the next start takes the configuration as it is.
    case interrupted
}

/// Takes another configuration while the gateway runs: all of it or nothing, and touches only what changed.
package actor GatewayReloader {
    struct Parts: Sendable {
        let link: MQTTLink
        let directory: LockDirectory
        let locator: BridgeLocator
        let record: FactRecord
        let inbox: EngineInbox
        let meter: GatewayMeter
        let explanations: ExplanationBook
        let bridge: any BridgeCalling
        let network: any HomeNetwork
        let time: TimeSource
        let logger: Logger
    }

    private var current: GatewayConfiguration
    private let parts: Parts

    init(_ current: GatewayConfiguration, _ parts: Parts) {
        self.current = current
        self.parts = parts
    }

    /// Goes over to another configuration, and returns when everything is as it says.
    ///
    /// One call at a time. Locks that did not change are not disturbed; those that did are seen to side by side, so that
    /// a bridge that hangs delays nobody.
    package func take(_ new: GatewayConfiguration) async -> ReloadOutcome {
        let plan = ReloadPlan(from: current, to: new)
        guard plan.fixed.isEmpty else { return .needsRestart(keys: plan.fixed) }
        var ends: [MQTTLink.LockEnd] = []
        for lock in plan.added {
            do {
                ends.append(try await parts.link.prepare(lock))
            } catch {
                for end in ends { await parts.link.discard(end) }
                return .refused(reason: "mqtt: \(error)")
            }
        }
        let (parts, policy, clerk) = (parts, new.supervision.policy, parts.clerk(for: current.webhook))
        parts.explanations.configured(new.locks.map(\.id))
        // First those that go: a bridge of theirs may belong to one that comes, which then registers its own webhook.
        await withDiscardingTaskGroup { group in
            for lock in plan.removed {
                let isSharing = new.locks.contains { $0.bridge == lock.bridge }
                group.addTask { await parts.remove(lock, isSharing ? clerk : nil) }
            }
        }
        await withDiscardingTaskGroup { group in
            for lock in plan.removed where !new.locks.contains(where: { $0.bridge == lock.bridge }) {
                group.addTask { await parts.removeWebhook(of: lock, clerk) }
            }
            for (old, lock) in plan.restarted {
                group.addTask { await parts.restart(old, as: lock, policy, clerk) }
            }
            for end in ends { group.addTask { await parts.add(end, policy) } }
        }
        guard !Task.isCancelled else { return .interrupted }
        for lock in plan.adjusted { parts.adjust(lock) }
        current = new
        return .taken(
            added: plan.added.map(\.id),
            removed: plan.removed.map(\.id),
            restarted: plan.restarted.map(\.new.id),
            adjusted: plan.adjusted.map(\.id)
        )
    }
}

extension GatewayReloader.Parts {
    /// For how long a request under way to a bridge may go on before a reload goes on without it.
    private static let patience = Duration.seconds(30)

    fileprivate func clerk(for webhook: GatewayConfiguration.Webhook) -> WebhookClerk {
        let time = time
        return WebhookClerk(
            calling: bridge,
            checking: bridge,
            webhook: webhook,
            network: network,
            commands: WebhookCommandLine(options: []),
            now: { time.now().unix }
        )
    }

    fileprivate func remove(_ lock: GatewayConfiguration.Lock, _ clerk: WebhookClerk?) async {
        await retire(lock.id, .removed)
        guard !Task.isCancelled else { return }
        directory[lock.id] = nil
        locator.forget(lock.id)
        await link.remove(lock.id)
        meter.forget(lock.id)
        if let clerk { await removeWebhook(of: lock, clerk) }
    }

    fileprivate func add(_ end: MQTTLink.LockEnd, _ policy: LockPolicy) async {
        guard !Task.isCancelled else { return await link.discard(end) }
        configure(end.lock)
        await link.add(end)
        inbox.start(LockSetting(end.lock, policy: policy, memory: record.memory(of: end.lock.id)))
    }

    /// What was known of the lock came from the bridge that it had, and is said to be unknown at once.
    fileprivate func restart(
        _ old: GatewayConfiguration.Lock,
        as lock: GatewayConfiguration.Lock,
        _ policy: LockPolicy,
        _ clerk: WebhookClerk
    ) async {
        // With another key it is another bridge.
        let isSame = old.bridgeKey.mark == lock.bridgeKey.mark
        await retire(lock.id, isSame ? .sameBridge : .otherBridge)
        guard !Task.isCancelled else { return }
        configure(lock)
        link.change(lock)
        if !isSame { inbox.dropReports(of: lock.id) }
        inbox.start(LockSetting(lock, policy: policy, memory: record.memory(of: lock.id)))
        if !isSame { await removeWebhook(of: old, clerk) }
    }

    fileprivate func adjust(_ lock: GatewayConfiguration.Lock) {
        directory[lock.id] = lock
        link.change(lock)
        inbox.report(LockInput(lock.id, .configured(LockIdentity(lock))))
    }

    private func retire(_ lock: LockID, _ retirement: Retirement) async {
        let isQuiet = await inbox.retire(lock, retirement, within: Self.patience, by: time) {
            link.doubt(lock)
            meter.doubt(lock)
            explanations.forget(lock)
        }
        guard !isQuiet, !Task.isCancelled else { return }
        logger.warning(
            "a request to the bridge has not ended; the lock stays unknown and takes no command until it has",
            metadata: ["lock.id": "\(lock)"]
        )
    }

    private func configure(_ lock: GatewayConfiguration.Lock) {
        record.configured(lock.id, keyMark: lock.bridgeKey.mark)
        locator.configured(lock.id, mac: lock.bridgeMAC ?? record.memory(of: lock.id).bridgeMAC)
        directory[lock.id] = lock
    }

    fileprivate func removeWebhook(of lock: GatewayConfiguration.Lock, _ clerk: WebhookClerk) async {
        guard !Task.isCancelled else { return }
        do throws(WebhookTrouble) {
            _ = try await clerk.remove(WebhookSubject(lock), ids: nil, isDry: false)
            logger.info("our webhook was taken off a bridge that is ours no more", metadata: ["lock.id": "\(lock.id)"])
        } catch {
            logger.warning(
                "our webhook could not be taken off a bridge that is ours no more; it does no harm",
                metadata: [
                    "lock.id": "\(lock.id)", "reason": "\(error.text)",
                    "remedy":
                        "loqed-gateway webhooks remove --bridge \(lock.bridge.shownName) --bridge-key-file FILE --lock-id \(lock.id)",
                ]
            )
        }
    }
}
