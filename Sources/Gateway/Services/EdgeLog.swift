import LockDomain
import LockMessages
import Logging
import LoqedWire
import PlainHTTP

/// What the edges find, for the owner: in the log, and as problems.
struct EdgeLog: EdgeJournal {
    let link: MQTTLink
    let logger: Logger

    func webhookRefused(_ rejection: WebhookRejection?, for lock: LockID) {
        let reason =
            switch rejection {
            case .unsigned: "unsigned, and not from the bridge's address"
            case .malformed: "its headers are malformed"
            case .badSignature: "its signature is wrong; is bridge_key right?"
            case .stale(let skew): "it is signed \(skew.components.seconds) s away from our time"
            case nil: "its body is not LOQED's"
            }
        logger.warning("webhook refused", metadata: ["lock.id": "\(lock)", "reason": "\(reason)"])
    }

    func bridgeFound(of lock: GatewayConfiguration.Lock, at found: HTTPEndpoint?) {
        let place = found?.authority ?? lock.bridge.shownName
        logger.notice("bridge found", metadata: ["lock.id": "\(lock.id)", "bridge": "\(place)"])
        guard lock.bridge.isNumeric else { return }
        let moved = found.map { Problem.bridgeMoved(of: lock.id, from: lock.bridge.shownName, to: $0.authority) }
        link.show(Set([moved].compactMap { $0 }), from: .location(lock.id))
    }
}
