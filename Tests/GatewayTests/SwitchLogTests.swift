import GatewayTestSupport
import LockDomain
import LockMessages
import Testing

@testable import Gateway
@testable import Mosquitto

@Suite struct `The log of messages that do not turn commands on or off` {
    private let lines = LogLines()
    private let time = DrivenTime()
    private let inbox = EngineInbox()

    private func intake(of lock: String, _ log: SwitchLog) throws -> CommandIntake {
        let layout = TopicLayout(base: TopicPrefix("loqed")!)
        let id = try #require(LockID(lock))
        return CommandIntake(
            lock: id,
            layout: layout,
            inbox: inbox,
            replies: ReplyBook(layout: layout, prefix: TopicPrefix("loqed")!, locks: [id]),
            makeID: { CommandID("id")! },
            time: time.source,
            switchLog: log
        )
    }

    private func message(_ text: String, to lock: String, retained: Bool = false) -> InboundMessage {
        InboundMessage(
            topic: "loqed/\(lock)/commands_enabled/set",
            payload: Array(text.utf8),
            qos: 1,
            isRetained: retained,
            properties: MessageProperties()
        )
    }

    @Test func `has one line of each lock and reason at once, then one a minute, however many come`() throws {
        let log = SwitchLog(time: time.source, logger: lines.logger)
        let (front, back) = (try intake(of: "front_door", log), try intake(of: "back_door", log))
        for _ in 0..<200 {
            front.receive(message("maybe", to: "front_door"))
            front.receive(message("off", to: "front_door", retained: true))
            back.receive(message("", to: "back_door"))
        }
        let text = "warning commands neither turned on nor off lock.id"
        let first = [
            "\(text)=front_door mqtt.topic=loqed/front_door/commands_enabled/set reason=neither on nor off",
            "\(text)=front_door mqtt.topic=loqed/front_door/commands_enabled/set reason=the message is retained",
            "\(text)=back_door mqtt.topic=loqed/back_door/commands_enabled/set reason=neither on nor off",
        ]
        #expect(lines.all == first)
        log.writeDue()
        #expect(lines.all == first)
        time.advance(by: .seconds(60))
        log.writeDue()
        #expect(lines.all == first + first.map { "\($0) times=199" })
    }

    @Test(arguments: [
        ("on", true), (" OFF \r\n", true), ("On\t", true), ("o n", false), ("on              x", false),
        ("on \u{0}", false),
        ("on                              ", false), ("true", false), ("on off", false), (" ", false),
    ])
    func `has those that are neither on nor off, blanks around it aside`(text: String, isTaken: Bool) throws {
        let log = SwitchLog(time: time.source, logger: lines.logger)
        try intake(of: "front_door", log).receive(message(text, to: "front_door"))
        #expect(inbox.waiting(of: try #require(LockID("front_door"))) == (isTaken ? 1 : 0))
        #expect(lines.all.count == (isTaken ? 0 : 1))
    }

    @Test func `says at the end what it has counted`() throws {
        let log = SwitchLog(time: time.source, logger: lines.logger)
        let front = try intake(of: "front_door", log)
        for _ in 0..<3 { front.receive(message("maybe", to: "front_door")) }
        log.writeRest()
        #expect(lines.all.count == 2)
        #expect(lines.all.last?.hasSuffix("reason=neither on nor off times=2") == true)
    }
}
