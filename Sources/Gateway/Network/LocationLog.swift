import LockMessages
import Logging
package import PlainHTTP

/// Who is told where bridges are.
package protocol LocationJournal: Sendable {
    /// The lock's bridge was found there; nil: it is looked for where it is configured.
    func bridgeFound(of lock: GatewayConfiguration.Lock, at found: HTTPEndpoint?)
}

/// Where bridges are, for the owner: in the log, and as a problem when it is not where the configuration says.
struct LocationLog: LocationJournal {
    let link: MQTTLink
    let logger: Logger

    func bridgeFound(of lock: GatewayConfiguration.Lock, at found: HTTPEndpoint?) {
        let place = found?.authority ?? lock.bridge.shownName
        logger.notice("bridge found", metadata: ["lock.id": "\(lock.id)", "bridge": "\(place)"])
        guard lock.bridge.isNumeric else { return }
        let moved = found.map { Problem.bridgeMoved(of: lock.id, from: lock.bridge.shownName, to: $0.authority) }
        link.show(Set([moved].compactMap { $0 }), from: .location(lock.id))
    }
}
