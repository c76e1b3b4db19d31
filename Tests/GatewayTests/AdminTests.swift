import GatewayTestSupport
import LockDomain
import Testing

@testable import Gateway

@Suite struct `The metrics` {
    @Test func `are written as Prometheus reads them, always alike`() {
        var book = MetricBook()
        book.count(MetricSeries(.commands, MetricLabel("lock", "b"), MetricLabel("status", "confirmed")))
        book.count(MetricSeries(.commands, MetricLabel("lock", "a"), MetricLabel("status", "failed")))
        book.count(MetricSeries(.commands, MetricLabel("lock", "b"), MetricLabel("status", "confirmed")))
        let text = PrometheusText(book, gauges: [MetricSeries(.build, MetricLabel("version", "1\"\\\n")): 1])
        #expect(
            String(decoding: text.bytes, as: UTF8.self) == #"""
                # HELP loqed_gateway_build_info The version that runs.
                # TYPE loqed_gateway_build_info gauge
                loqed_gateway_build_info{version="1\"\\\n"} 1
                # HELP loqed_commands_total Commands that ended, by how.
                # TYPE loqed_commands_total counter
                loqed_commands_total{lock="a",status="failed"} 1
                loqed_commands_total{lock="b",status="confirmed"} 2

                """#
        )
    }

    @Test func `have buckets that include the smaller ones`() {
        var book = MetricBook()
        for duration: Duration in [.milliseconds(1), .milliseconds(3), .seconds(61)] {
            book.take(duration, in: MetricSeries(.requestSeconds, MetricLabel("kind", "probe")))
        }
        let lines = String(decoding: PrometheusText(book, gauges: [:]).bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2 + MetricBook.bounds.count + 3)
        #expect(lines[4] == #"loqed_bridge_request_seconds_bucket{kind="probe",le="0.001"} 1"#)
        #expect(lines[6] == #"loqed_bridge_request_seconds_bucket{kind="probe",le="0.005"} 2"#)
        #expect(lines[18] == #"loqed_bridge_request_seconds_bucket{kind="probe",le="60"} 2"#)
        #expect(lines[19] == #"loqed_bridge_request_seconds_bucket{kind="probe",le="+Inf"} 3"#)
        #expect(lines[20] == #"loqed_bridge_request_seconds_sum{kind="probe"} 61.004"#)
        #expect(lines[21] == #"loqed_bridge_request_seconds_count{kind="probe"} 3"#)
    }
}

@Suite struct `The health of the engine` {
    private func health(_ inbox: EngineInbox, meanwhile: @escaping @Sendable () async -> Void) -> EngineHealth {
        let time = TimeSource(
            now: { Moment(uptime: .zero, unix: UnixTime(seconds: 0)) },
            sleep: { _ in await meanwhile() }
        )
        return EngineHealth(inbox: inbox, time: time)
    }

    @Test func `is bad when inputs wait and none is taken`() async {
        let inbox = EngineInbox()
        inbox.report(LockInput(LockID("a")!, .started))
        #expect(await health(inbox, meanwhile: {}).isWell() == false)
    }

    @Test func `is good when the next one was taken meanwhile, or nothing is to be done`() async {
        let inbox = EngineInbox()
        inbox.report(LockInput(LockID("a")!, .started))
        inbox.report(LockInput(LockID("a")!, .started))
        let isWell = await health(inbox) {
            var inputs = inbox.inputs.makeAsyncIterator()
            _ = await inputs.next()
        }.isWell()
        #expect(isWell)
        #expect(inbox.progress == .init(handled: 1, waiting: 1, isIdle: false))
        inbox.finish()
        #expect(await health(inbox, meanwhile: {}).isWell())
    }
}

@Suite struct `The word to systemd` {
    @Test(arguments: [
        ([:], nil), (["NOTIFY_SOCKET": "relative"], nil), (["NOTIFY_SOCKET": ""], nil),
        (["NOTIFY_SOCKET": "/run/n"], Duration?.none),
        (["NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "500"], .microseconds(500)),
        (["NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "500", "WATCHDOG_PID": "7"], .microseconds(500)),
        (["NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "500", "WATCHDOG_PID": "8"], nil),
        (["NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "soon"], nil),
    ])
    func `follows what systemd says of its watchdog`(variables: [String: String], watchdog: Duration?) {
        let path = variables["NOTIFY_SOCKET"] ?? ""
        let manager = ServiceManager(variables, process: 7)
        #expect((manager == nil) == !(path.hasPrefix("/") || path.hasPrefix("@")))
        #expect(manager?.watchdog == watchdog)
    }

    @Test func `is not sent where nobody listens`() throws {
        let manager = try #require(ServiceManager(["NOTIFY_SOCKET": "/nonexistent/socket"]))
        #expect(manager.offer(["READY=1"]) == .unheard)
        let long = try #require(ServiceManager(["NOTIFY_SOCKET": "/" + String(repeating: "n", count: 200)]))
        #expect(long.offer(["READY=1"]) == .unheard)
    }

    @Test func `never waits for a systemd that is behind, and says again what must not be lost`() async throws {
        let folder = TemporaryFolder()
        let systemd = try NotificationSocket(at: "\(folder.path)/notify")
        let manager = try #require(ServiceManager(["NOTIFY_SOCKET": "\(folder.path)/notify"]))
        var waiting = 0
        while manager.offer(["WATCHDOG=1"]) == .taken, waiting < 10_000 { waiting += 1 }
        #expect(manager.offer(["WATCHDOG=1"]) == .full)
        let time = DrivenTime()
        async let isHeard = manager.tell("READY=1", time: time.source)
        await eventually("it waits") { time.sleepers == 1 }
        for _ in 0..<waiting { #expect(systemd.next() == "WATCHDOG=1") }
        time.advance(by: .seconds(1))
        #expect(await isHeard)
        #expect(systemd.next() == "READY=1")
    }

    @Test func `gives up on a systemd that is stuck`() async throws {
        let folder = TemporaryFolder()
        let systemd = try NotificationSocket(at: "\(folder.path)/notify")
        let manager = try #require(ServiceManager(["NOTIFY_SOCKET": "\(folder.path)/notify"]))
        while manager.offer(["WATCHDOG=1"]) == .taken {}
        let time = DrivenTime()
        async let isHeard = manager.tell("READY=1", time: time.source)
        for _ in 0..<30 {
            await eventually("it waits") { time.sleepers == 1 }
            time.advance(by: .seconds(1))
        }
        #expect(await isHeard == false)
        withExtendedLifetime(systemd) {}
    }
}
