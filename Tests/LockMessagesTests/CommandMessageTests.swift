import LockDomain
import LockMessages
import Testing

@Suite struct `A message on the command topic` {
    @Test(arguments: CommandCase.all)
    func `means exactly what it says or nothing`(command: CommandCase) {
        #expect(CommandCase.parse(command.payload) == command.outcome)
    }

    @Test(arguments: CommandCase.all)
    func `is refused when the broker has kept it, whatever it says`(command: CommandCase) {
        let message = CommandMessage.parse(command.payload, isRetained: true, timeToLive: nil) { CommandCase.freshID }
        switch (message, command.outcome) {
        case (.rejected(let rejected), .request(let request)):
            #expect(rejected == RejectedCommand(id: request.id, action: request.action, reason: .retained))
        case (.rejected(let rejected), .rejected(let live)):
            #expect(rejected == RejectedCommand(id: live.id, action: live.action, reason: .retained))
        case (.request, _):
            Issue.record("a retained message became a command")
        }
    }

    @Test func `lives as long as the broker says`() {
        let message = CommandMessage.parse(Array("LOCK".utf8), isRetained: false, timeToLive: .seconds(4)) {
            CommandCase.freshID
        }
        #expect(message == .request(CommandRequest(id: CommandCase.freshID, action: .lock, timeToLive: .seconds(4))))
    }

    @Test func `gets an id of ours only when it has none of its own`() {
        var made = 0
        let makeID = {
            made += 1
            return CommandCase.freshID
        }
        let named = #"{"command":"LOCK","id":"mine"}"#
        #expect(
            CommandMessage.parse(Array(named.utf8), isRetained: false, timeToLive: nil, makeID: makeID)
                == .order(.lock, id: "mine")
        )
        #expect(made == 0)
        _ = CommandMessage.parse(Array("LOCK".utf8), isRetained: false, timeToLive: nil, makeID: makeID)
        #expect(made == 1)
        _ = CommandMessage.parse([0xFF], isRetained: true, timeToLive: nil, makeID: makeID)
        #expect(made == 2)
    }

    @Test func `may be up to one kibibyte long`() {
        let longest = #"{"command":"LOCK"}"#.padding(to: CommandMessage.payloadLimit)
        #expect(CommandCase.parse(longest) == .order(.lock))
        #expect(CommandCase.parse(longest + [UInt8(ascii: " ")]) == .malformed)
    }
}

extension String {
    fileprivate func padding(to length: Int) -> [UInt8] {
        Array(utf8) + [UInt8](repeating: UInt8(ascii: " "), count: length - utf8.count)
    }
}
