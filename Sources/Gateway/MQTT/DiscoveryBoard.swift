import LockDomain
import LockMessages

/// What Home Assistant is told of the gateway, the bridges and the locks.
///
/// A lock's device is published when its bridge has been asked for the first time, its bridge's once the bridge is
/// known, and each anew when something on it changes.
struct DiscoveryBoard: Sendable {
    private let version: String
    private let layout: TopicLayout
    private let homeAssistant: HomeAssistantLayout
    private var locks: [LockListing]
    /// Of the locks that have reported.
    private var facts: [LockID: BridgeFacts] = [:]
    /// What somebody has taken off the broker.
    private var deleted: Set<HomeAssistantDevice.Subject> = []

    init(_ locks: [LockListing], version: String, layout: TopicLayout, homeAssistant: HomeAssistantLayout) {
        self.locks = locks
        self.version = version
        self.layout = layout
        self.homeAssistant = homeAssistant
    }

    /// The device that waits for no lock.
    var gateway: Publication { Publication(.gateway(version: version, in: layout), in: homeAssistant) }

    /// Every device that there may be.
    var subjects: [HomeAssistantDevice.Subject] {
        [.gateway] + locks.flatMap { [.bridge($0.id), .lock($0.id)] }
    }

    /// Every device that is known, those first that others refer to.
    var all: [Publication] {
        (deleted.contains(.gateway) ? [] : [gateway]) + locks.flatMap(publications)
    }

    /// Takes a report; the devices of that lock if it changes any, in order.
    ///
    /// Nothing before the first answer of the bridge, or the third that did not come: what it says may change the
    /// devices, and Home Assistant loses a second message that comes while it makes entities from the first.
    mutating func learn(from report: LockReport, of lock: LockID) -> [Publication] {
        guard report.connectivity != .offline(.starting) else { return [] }
        var learned = facts[lock] ?? BridgeFacts()
        learned.learn(from: report)
        guard learned != facts[lock], let listing = locks.first(where: { $0.id == lock }) else { return [] }
        facts[lock] = learned
        return publications(of: listing)
    }

    /// Takes note that somebody has taken a device off the broker, as Home Assistant does when its user deletes it.
    ///
    /// It is not published any more. Devices below it must no longer name it, or Home Assistant would make an empty one
    /// in its place: everything that is left, in order; nil when that was known, or is no device of ours.
    mutating func delete(_ topic: String) -> (subject: HomeAssistantDevice.Subject, rest: [Publication])? {
        guard let subject = subjects.first(where: { homeAssistant.configuration(of: $0) == topic }),
            deleted.insert(subject).inserted
        else { return nil }
        return (subject, all)
    }

    /// A lock that has come, or is called or allowed otherwise; its devices if they are known.
    mutating func take(_ lock: LockListing) -> [Publication] {
        if let index = locks.firstIndex(where: { $0.id == lock.id }) {
            locks[index] = lock
        } else {
            locks.append(lock)
            deleted.subtract([.lock(lock.id), .bridge(lock.id)])
        }
        return publications(of: lock)
    }

    /// Forgets a lock; what takes its devices off the broker, as far as they are there.
    mutating func remove(_ lock: LockID) -> [Publication] {
        let isThere = facts.removeValue(forKey: lock) != nil
        locks.removeAll { $0.id == lock }
        guard isThere else { return [] }
        return [HomeAssistantDevice.Subject.lock(lock), .bridge(lock)].filter { !deleted.contains($0) }
            .map { .clearing($0, in: homeAssistant) }
    }

    private func publications(of lock: LockListing) -> [Publication] {
        guard let facts = facts[lock.id] else { return [] }
        let isBelowGateway = !deleted.contains(.gateway)
        let bridge =
            deleted.contains(.bridge(lock.id))
            ? nil
            : HomeAssistantDevice.bridge(
                of: lock,
                facts,
                isBelowGateway: isBelowGateway,
                gatewayVersion: version,
                in: layout
            )
        let device = HomeAssistantDevice.lock(
            lock,
            facts,
            below: bridge?.subject ?? (isBelowGateway ? .gateway : nil),
            gatewayVersion: version,
            in: layout
        )
        return [bridge, deleted.contains(.lock(lock.id)) ? nil : device].compactMap { $0 }
            .map { Publication($0, in: homeAssistant) }
    }
}
