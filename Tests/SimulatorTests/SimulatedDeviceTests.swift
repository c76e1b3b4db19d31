import LockDomain
import LoqedSimulator
import LoqedWire
import Testing

private let key = KeyID(3)!
private let secret = try! CommandSecret(base64: SimulatorConfiguration.demoKeySecret)

@Suite struct `A simulated lock` {
    private var device: SimulatedDevice
    private var now = Moment(uptime: .seconds(100), unix: UnixTime(seconds: 1_700_000_000))

    init() throws {
        var configuration = SimulatorConfiguration()
        configuration.speed = 1
        device = try SimulatedDevice(configuration, bootedAt: 1_699_999_000)
    }

    private mutating func command(
        _ action: LockAction,
        age: Int64 = 0,
        key: KeyID = key,
        secret: CommandSecret = secret
    ) {
        let time = UnixTime(seconds: now.unix.seconds - age)
        device.receive(base64: SignedCommand(action, key: key, secret: secret, at: time).base64, at: now)
    }

    /// The events up to then, with the seconds at which they came.
    private mutating func events(within seconds: Int) -> [String] {
        var all: [String] = []
        for tenth in 1...seconds * 10 {
            device.pass(to: now.uptime + .milliseconds(tenth * 100))
            all += device.takeEvents().map { "\(Double(tenth) / 10) \(Self.name($0))" }
        }
        return all
    }

    private static func name(_ event: SimulatedEvent) -> String {
        switch event {
        case .going(let target, let name, let key): "\(name) \(target.wireName) \(key?.rawValue ?? 255)"
        case .reached(let bolt, let key): "reached \(bolt.wireName) \(key?.rawValue ?? 255)"
        case .stalled(let key): "stalled \(key?.rawValue ?? 255)"
        case .battery(let level): "battery \(level)"
        case .signal(_, let bluetooth): "signal \(bluetooth)"
        }
    }

    @Test mutating func `moves by a signed command, at the pace of a real one`() {
        command(.lock)
        #expect(
            events(within: 10) == [
                "1.0 GO_TO_STATE_MANUAL_LOCK_REMOTE_NIGHT_LOCK NIGHT_LOCK 3", "4.0 reached NIGHT_LOCK 3",
            ]
        )
        #expect(device.bolt == .nightLock)
        #expect(device.counters.valid == 1)
    }

    @Test mutating func `lets the latch fall back after an opening, without a key`() {
        command(.open)
        #expect(
            events(within: 10) == [
                "1.0 GO_TO_STATE_INSTANTOPEN_OPEN OPEN 3", "4.0 reached OPEN 3", "7.0 reached DAY_LOCK 255",
            ]
        )
    }

    @Test mutating func `only says that it goes when it is there already`() {
        command(.unlock)
        #expect(events(within: 10) == ["1.0 GO_TO_STATE_MANUAL_LOCK_REMOTE_LATCH DAY_LOCK 3"])
    }

    @Test mutating func `stays where it is for a command that it does not like, and counts why`() throws {
        command(.lock, age: 16)
        command(.lock, age: -16)
        command(.lock, key: KeyID(4)!)
        command(.lock, secret: try CommandSecret(base64: "UCO3F1C4q9a80eyGx0j5BKg9Go9eLfiMIHfopOwbQIs="))
        device.receive(base64: "garbage", at: now)
        device.loseLock(at: now.uptime)
        command(.lock)
        #expect(events(within: 10) == [])
        let counters = device.counters
        #expect(counters.received == 6)
        #expect(counters.valid == 0)
        #expect(counters.stale == 2)
        #expect(counters.unknownKey == 1)
        #expect(counters.badSignature == 1)
        #expect(counters.malformed == 1)
        #expect(counters.whileOffline == 1)
    }

    @Test mutating func `is not stopped by a command from the end of time`() {
        for time in [Int64.max / 1000, Int64.min / 1000] {
            let command = SignedCommand(.lock, key: key, secret: secret, at: UnixTime(seconds: time))
            device.receive(base64: command.base64, at: now)
        }
        #expect(device.counters.stale == 2)
    }

    @Test mutating func `takes a command at the edge of its life, and the same bytes twice`() {
        command(.lock, age: 15)
        command(.lock, age: 15)
        #expect(device.counters.valid == 2)
        #expect(device.counters.repeated == 1)
    }

    @Test mutating func `stalls when told to, and does not know where it stands then`() {
        device.faults.stalls = true
        command(.lock)
        #expect(events(within: 10).suffix(2) == ["4.0 stalled 3", "4.0 reached UNKNOWN 255"])
        #expect(device.bolt == .unknown)
    }

    @Test mutating func `is missed by its bridge after fifteen seconds, and comes back with a battery report`() throws {
        device.loseLock(at: now.uptime)
        #expect(try BridgeStatus(statusBody: Array(device.status(ipAddress: "1").utf8)).isLockOnline)
        #expect(events(within: 20) == ["15.0 signal -1"])
        let status = try BridgeStatus(statusBody: Array(device.status(ipAddress: "1").utf8))
        #expect(!status.isLockOnline && status.bolt == .unknown && status.battery.level == nil)
        device.findLock(at: now.uptime + .seconds(30))
        #expect(device.takeEvents() == [.battery(82)])
    }

    @Test mutating func `shows the old state in its status until its webhooks are delivered, and a while longer`() {
        device.turnByHand(to: .nightLock, at: now.uptime)
        #expect(device.shownBolt == .dayLock)
        device.delivered(at: now.uptime + .seconds(5))
        device.pass(to: now.uptime + .milliseconds(6999))
        #expect(device.shownBolt == .dayLock)
        device.pass(to: now.uptime + .seconds(7))
        #expect(device.shownBolt == .nightLock)
    }

    @Test mutating func `never uses the number of a webhook again`() {
        device.addWebhook(url: "http://a/", triggers: .all)
        device.addWebhook(url: "http://b/", triggers: .all)
        let removals = [device.removeWebhook(2), device.removeWebhook(2)]
        #expect(removals == [true, false])
        device.addWebhook(url: "http://c/", triggers: .all)
        #expect(device.webhooks.map(\.id) == [1, 3])
    }

    @Test func `writes bodies as captured ones are, which read back as what happened`() throws {
        let event = SimulatedEvent.reached(.nightLock, key: key)
        #expect(
            device.body(of: event)
                == #"{"requested_state":"NIGHT_LOCK","requested_state_numeric":3,"mac_wifi":"a0b1c2d3e4f1","#
                + #""mac_ble":"a0b1c2d3e4f3","event_type":"STATE_CHANGED_NIGHT_LOCK","key_local_id":3}"#
        )
        let report = try BridgeReport(webhookBody: Array(device.body(of: event).utf8))
        #expect(report.kind == .reached(.nightLock) && report.key == key)
    }
}

@Suite struct `A line of control` {
    @Test(arguments: [
        ("lock", SimulatorCommand.move(.nightLock)), ("by-hand unlock", .byHand(.dayLock)), ("pin 5", .pin(KeyID(5)!)),
        ("twist open", .twist(.open)), ("stall on", .stall(true)), ("battery 15", .battery(15)),
        ("battery -1", .battery(-1)),
        ("reboot", .reboot(losesWebhooks: false)), ("reboot lose-webhooks", .reboot(losesWebhooks: true)),
        ("refuse off", .refuse(false)), ("fault hang", .fault(.hang)), ("fault off", .fault(nil)),
        ("mode shelly", .mode(.shelly)), ("speed 2.5", .speed(2.5)), ("skew -40", .skew(.seconds(-40))),
        ("  QUIT ", .quit),
    ]) func `is understood`(line: String, command: SimulatorCommand) {
        #expect(SimulatorCommand(line) == command)
    }

    @Test(arguments: [
        "", "jump", "lock now", "by-hand open", "by-hand", "pin x", "pin 255", "battery 101", "speed 0", "fault",
        "mode x",
        "lock unlock open",
    ]) func `is refused when it makes no sense`(line: String) { #expect(SimulatorCommand(line) == nil) }
}
