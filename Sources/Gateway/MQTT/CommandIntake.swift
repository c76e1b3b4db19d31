import LockDomain
import LockMessages
import Mosquitto
import NIOConcurrencyHelpers

/// Turns the messages of one lock's inbound topics into events.
final class CommandIntake: Sendable {
    private let lock: LockID
    private let layout: TopicLayout
    private let inbox: EngineInbox
    private let makeID: @Sendable () -> CommandID
    private let time: TimeSource
    /// Publishes the result of a command that the engine has no room for.
    let answer = NIOLockedValueBox<@Sendable (CommandResult) -> Void>({ _ in })

    init(
        lock: LockID,
        layout: TopicLayout,
        inbox: EngineInbox,
        makeID: @escaping @Sendable () -> CommandID,
        time: TimeSource
    ) {
        self.lock = lock
        self.layout = layout
        self.inbox = inbox
        self.makeID = makeID
        self.time = time
    }

    /// Nothing that was stored before is wanted, and what was published as retained must be recognisable.
    var subscriptions: [Subscription] {
        [layout.command(of: lock), layout.refresh(of: lock)].map {
            Subscription($0, retainHandling: .sendNone, retainAsPublished: true)
        }
    }

    func receive(_ message: InboundMessage) {
        switch message.topic {
        case layout.command(of: lock): receiveCommand(message)
        // Dropped when there is no room: a later one does as well.
        case layout.refresh(of: lock): if !message.isRetained { _ = inbox.offer(LockInput(lock, .refreshRequested)) }
        default: return
        }
    }

    private func receiveCommand(_ message: InboundMessage) {
        let command = CommandMessage.parse(
            message.payload,
            isRetained: message.isRetained,
            timeToLive: message.properties.expiry,
            makeID: makeID
        )
        switch command {
        case .request(let request):
            guard !inbox.offer(LockInput(lock, .commandRequested(request))) else { return }
            refuseAsBusy(request.id, request.action)
        case .rejected(let rejected):
            guard !inbox.offer(LockInput(lock, .commandRejected(rejected))) else { return }
            refuseAsBusy(rejected.id, rejected.action)
        }
    }

    private func refuseAsBusy(_ id: CommandID, _ action: LockAction?) {
        let now = time.now().unix
        let publish = answer.withLockedValue { $0 }
        publish(
            CommandResult(
                id: id,
                action: action,
                status: .refused(.busy),
                road: .none,
                attempts: 0,
                receivedAt: now,
                updatedAt: now
            )
        )
    }
}
