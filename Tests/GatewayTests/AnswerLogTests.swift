import GatewayTestSupport
import LockMessages
import Testing

@testable import Gateway

@Suite struct `The log of answers that the broker did not take` {
    @Test func `has one line at once and one a minute of each reason, and the rest at the end`() {
        let lines = LogLines()
        let time = DrivenTime()
        let reporter = BrokerReporter([:], isVersion311Configured: false, time: time.source, logger: lines.logger)
        func refuse(_ topic: String) { reporter.answerRefused(.notAuthorised, on: topic) }
        let text = "warning an answer could not be published on the response topic of a command"
        refuse("answers/1")
        for number in 2...9 { refuse("answers/\(number)") }
        reporter.writeDue()
        let first = "\(text) mqtt.topic=answers/1 reason=not authorised times=1"
        #expect(lines.all == [first])
        time.advance(by: .seconds(60))
        reporter.writeDue()
        let second = "\(text) mqtt.topic=answers/9 reason=not authorised times=8"
        #expect(lines.all == [first, second])
        for number in 10...12 { refuse("answers/\(number)") }
        reporter.writeRest()
        let last = "\(text) mqtt.topic=answers/12 reason=not authorised times=3"
        #expect(lines.all == [first, second, last])
    }
}
