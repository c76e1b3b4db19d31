import GatewayTestSupport
import LockDomain
import NIOConcurrencyHelpers
import Testing

@testable import Gateway

@Suite struct `The log of what supervisors note` {
    private let lines = LogLines()
    private let uptime = NIOLockedValueBox(Duration.zero)
    private let lock = LockID("front_door")!

    private var log: NoticeLog {
        let uptime = uptime
        let time = TimeSource(
            now: { Moment(uptime: uptime.withLockedValue { $0 }, unix: UnixTime(seconds: 0)) },
            sleep: { _ in }
        )
        return NoticeLog(time: time, logger: lines.logger)
    }

    @Test func `of an hour of a bridge that comes and goes every other second has three lines a minute`() {
        let log = log
        for second in 0..<3600 {
            uptime.withLockedValue { $0 = .seconds(second) }
            if second.isMultiple(of: 2) {
                log.note(.connectivityChanged(.offline(.bridgeUnreachable)), of: lock)
                log.note(.statusUnreadable(.refused), of: lock)
            } else {
                log.note(.connectivityChanged(.online), of: lock)
            }
            if second.isMultiple(of: 45) { log.writeDue() }
        }
        log.writeRest()
        #expect(lines.all.count <= 3 * 61, "\(lines.all.count)")
        #expect(
            lines.all.prefix(3).map { $0.split(separator: " ").prefix(3).joined(separator: " ") } == [
                "warning lock offline", "warning status not", "info lock online",
            ]
        )
        let times = lines.all.filter { $0.contains("lock offline") }.map { line in
            line.split(separator: " ").first { $0.hasPrefix("times=") }.flatMap { Int($0.dropFirst(6)) } ?? 1
        }
        #expect(times.reduce(0, +) == 1800)
    }

    @Test func `of a burst of ten thousand refused commands has two lines, and each that reached the door has one`() {
        let log = log
        for number in 0..<10_000 {
            log.note(.commandEnded(CommandID("c\(number)")!, .open, .refused(.malformed)), of: lock)
        }
        for number in 0..<3 { log.note(.commandEnded(CommandID("d\(number)")!, .lock, .confirmed), of: lock) }
        uptime.withLockedValue { $0 = .seconds(61) }
        log.writeDue()
        #expect(
            lines.all == [
                "warning command ended command.action=OPEN command.id=c0 command.status=refused lock.id=front_door reason=malformed",
                "info command ended command.action=LOCK command.id=d0 command.status=confirmed lock.id=front_door",
                "info command ended command.action=LOCK command.id=d1 command.status=confirmed lock.id=front_door",
                "info command ended command.action=LOCK command.id=d2 command.status=confirmed lock.id=front_door",
                "warning command ended command.action=OPEN command.id=c9999 command.status=refused lock.id=front_door reason=malformed times=9999",
            ]
        )
    }
}
