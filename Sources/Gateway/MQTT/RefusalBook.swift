import LockMessages
import Mosquitto

/// What the broker does not take of one session, topic by topic, until it takes it.
struct RefusalBook {
    enum Direction: Hashable {
        case publishing
        case subscribing
    }

    struct Change: Equatable {
        /// What is refused now and was not before.
        var begun: [BrokerTrouble] = []
        /// The topics that are taken again.
        var ended: [String] = []

        var isEmpty: Bool { begun.isEmpty && ended.isEmpty }
    }

    private struct Place: Hashable {
        let direction: Direction
        let topic: String
    }

    private var refusals: [Place: BrokerTrouble.Refusal] = [:]

    /// Takes in what became of several requests at once, so that a whole family of topics makes one line.
    mutating func note(
        _ outcomes: [(topic: String, refusal: BrokerTrouble.Refusal?)],
        _ direction: Direction
    ) -> Change {
        var change = Change()
        var begun: [BrokerTrouble.Refusal: [String]] = [:]
        for (topic, refusal) in outcomes {
            let place = Place(direction: direction, topic: topic)
            let before = refusals[place]
            guard before != refusal else { continue }
            refusals[place] = refusal
            if let refusal { begun[refusal, default: []].append(topic) } else { change.ended.append(topic) }
        }
        change.begun = begun.map { Self.trouble(direction, $0, Set($1).sorted()) }.sorted { "\($0)" < "\($1)" }
        return change
    }

    /// All that is refused now, one for each reason.
    var troubles: [BrokerTrouble] {
        var topics: [Direction: [BrokerTrouble.Refusal: [String]]] = [:]
        for (place, refusal) in refusals {
            topics[place.direction, default: [:]][refusal, default: []].append(place.topic)
        }
        return topics.flatMap { direction, all in all.map { Self.trouble(direction, $0, $1.sorted()) } }
    }

    /// The topics that are refused in that direction.
    func topics(_ direction: Direction) -> Set<String> {
        Set(refusals.keys.filter { $0.direction == direction }.map(\.topic))
    }

    private static func trouble(
        _ direction: Direction,
        _ refusal: BrokerTrouble.Refusal,
        _ topics: [String]
    ) -> BrokerTrouble {
        switch direction {
        case .publishing: .publishing(refusal, topics: topics)
        case .subscribing: .subscribing(refusal, topics: topics)
        }
    }
}

extension BrokerTrouble.Refusal {
    /// Why one request failed; nil when that was the connection's fault.
    init?(_ error: MosquittoError) {
        switch error {
        case .packetTooLarge: self = .tooLarge
        case .publishRefused(let reason), .subscribeRefused(_, let reason): self.init(reason: reason)
        case .invalid, .library: self = .other(error.description)
        default: return nil
        }
    }

    /// Of a PUBACK or SUBACK.
    private init(reason: Int32) {
        switch reason {
        case 135: self = .notAuthorised
        case 143, 144: self = .topicInvalid
        case 149: self = .tooLarge
        case 151: self = .quotaExceeded
        case 154: self = .notRetained
        default: self = .other(ReasonCode.text(reason))
        }
    }
}
