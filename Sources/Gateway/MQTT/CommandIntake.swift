import LockDomain
import LockMessages
import Mosquitto
import NIOConcurrencyHelpers

/// Turns the messages of one lock's inbound topics into events.
final class CommandIntake: Sendable {
    /// What happens at the door and concerns nobody behind it.
    struct Door: Sendable {
        /// Publishes the result of a command that the engine has no room for.
        var answer: @Sendable (CommandResult) -> Void
        /// A retained message was seen, or cleared, on that topic.
        var retained: @Sendable (_ topic: String, _ isThere: Bool) -> Void
    }

    private let lock: LockID
    private let layout: TopicLayout
    private let inbox: EngineInbox
    private let replies: ReplyBook
    private let makeID: @Sendable () -> CommandID
    private let time: TimeSource
    private let switchLog: SwitchLog
    let door = NIOLockedValueBox(Door(answer: { _ in }, retained: { _, _ in }))

    init(
        lock: LockID,
        layout: TopicLayout,
        inbox: EngineInbox,
        replies: ReplyBook,
        makeID: @escaping @Sendable () -> CommandID,
        time: TimeSource,
        switchLog: SwitchLog
    ) {
        self.lock = lock
        self.layout = layout
        self.inbox = inbox
        self.replies = replies
        self.makeID = makeID
        self.time = time
        self.switchLog = switchLog
    }

    /// Nothing that was stored before is wanted, and what was published as retained must be recognisable.
    var subscriptions: [Subscription] {
        [layout.command(of: lock), layout.refresh(of: lock), layout.commandsSwitch(of: lock)].map {
            Subscription($0, retainHandling: .sendNone, retainAsPublished: true)
        }
    }

    func receive(_ message: InboundMessage) {
        if message.isRetained, message.topic != layout.refresh(of: lock) {
            door.withLockedValue { $0 }.retained(message.topic, !message.payload.isEmpty)
            // Empty and retained: somebody cleared the topic.
            guard !message.payload.isEmpty else { return }
        }
        switch message.topic {
        case layout.command(of: lock): receiveCommand(message)
        case layout.commandsSwitch(of: lock): receiveSwitch(message)
        // Dropped when there is no room: a later one does as well.
        case layout.refresh(of: lock): if !message.isRetained { _ = inbox.offer(LockInput(lock, .refreshRequested)) }
        default: return
        }
    }

    private func receiveSwitch(_ message: InboundMessage) {
        guard !message.isRetained else { return switchLog.note(.retained, on: message.topic, of: lock) }
        guard let isOn = Self.flag(in: message.payload) else {
            return switchLog.note(.unreadable, on: message.topic, of: lock)
        }
        guard !inbox.offer(LockInput(lock, .commandsSwitched(isOn))) else { return }
        switchLog.note(.tooMany, on: message.topic, of: lock)
    }

    /// `on` or `off`, in any mixture of cases, with blanks around it or not; nil for anything else.
    private static func flag(in payload: [UInt8]) -> Bool? {
        // Longer than the words and a few blanks is something else.
        guard payload.count <= 16 else { return nil }
        let isBlank: (UInt8) -> Bool = { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard let first = payload.firstIndex(where: { !isBlank($0) }),
            let last = payload.lastIndex(where: { !isBlank($0) })
        else { return nil }
        return switch String(decoding: payload[first...last], as: UTF8.self).lowercased() {
        case "on": true
        case "off": false
        default: nil
        }
    }

    private func receiveCommand(_ message: InboundMessage) {
        let properties = message.properties
        let command = CommandMessage.parse(
            message.payload,
            isRetained: message.isRetained,
            timeToLive: properties.expiry,
            reply: properties.responseTopic.flatMap {
                replies.note($0, correlationData: properties.correlationData)
            },
            makeID: makeID
        )
        switch command {
        case .request(let request):
            guard !inbox.offer(LockInput(lock, .commandRequested(request))) else { return }
            refuseAsBusy(request.id, request.action, request.reply)
        case .rejected(let rejected):
            guard !inbox.offer(LockInput(lock, .commandRejected(rejected))) else { return }
            refuseAsBusy(rejected.id, rejected.action, rejected.reply)
        }
    }

    private func refuseAsBusy(_ id: CommandID, _ action: LockAction?, _ reply: ReplyTicket?) {
        let now = time.now().unix
        let answer = door.withLockedValue { $0.answer }
        answer(
            CommandResult(
                id: id,
                action: action,
                status: .refused(.busy),
                receivedAt: now,
                updatedAt: now,
                reply: reply
            )
        )
    }
}
