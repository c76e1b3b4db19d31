import LockDomain
import LockMessages
import NIOConcurrencyHelpers

/// Where senders want to hear of their commands, while these are under way.
final class ReplyBook: Sendable {
    struct Address: Hashable, Sendable {
        let topic: String
        let correlationData: [UInt8]?
    }

    /// How many commands of a lock can wait for their end with an address; far more than are ever under way.
    static let capacity = 256

    private struct State {
        var last: UInt64 = 0
        var addresses: [ReplyTicket: Address] = [:]
    }

    private let layout: TopicLayout
    private let prefix: TopicPrefix
    private let locks: NIOLockedValueBox<[LockID]>
    private let state = NIOLockedValueBox(State())

    init(layout: TopicLayout, prefix: TopicPrefix, locks: [LockID]) {
        self.layout = layout
        self.prefix = prefix
        self.locks = NIOLockedValueBox(locks)
    }

    /// The locks whose topics no answer may be published on.
    func configured(_ locks: [LockID]) { self.locks.withLockedValue { $0 = locks } }

    /// Notes an address, if we may publish there.
    func note(_ topic: String, correlationData: [UInt8]?) -> ReplyTicket? {
        guard layout.mayAnswer(on: topic, below: prefix, locks: locks.withLockedValue { $0 }) else { return nil }
        return state.withLockedValue { state in
            guard state.addresses.count < Self.capacity else { return nil }
            state.last += 1
            let ticket = ReplyTicket(state.last)
            state.addresses[ticket] = Address(topic: topic, correlationData: correlationData)
            return ticket
        }
    }

    /// The answer to be published for a step of a command; its address is forgotten with the last step.
    func answer(_ result: CommandResult) -> Publication? {
        guard let ticket = result.reply else { return nil }
        let address = state.withLockedValue { state in
            result.status.isFinal ? state.addresses.removeValue(forKey: ticket) : state.addresses[ticket]
        }
        return address.map {
            Publication(result, answering: $0.topic, correlationData: $0.correlationData)
        }
    }
}
