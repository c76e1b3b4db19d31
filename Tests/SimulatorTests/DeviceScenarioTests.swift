import LockDomain
import LoqedSimulator
import LoqedWire
import Testing

@Suite struct `A scenario on the device` {
    @Test func `bluetooth breaks: the loss is told after fifteen seconds, the return by the battery alone`() throws {
        var story = try DeviceStory("bluetooth-breaks")
        story.tell(until: 10)
        #expect(try story.status.bolt == .nightLock && story.status.isLockOnline)
        story.tell(until: 25)
        #expect(try story.status.bolt == .unknown && !story.status.isLockOnline)
        #expect(try story.status.battery.level == nil)
        story.device.manners.keepsValuesOfLostLock = true
        let stale = story.device.status(ipAddress: "127.0.0.1")
        #expect(stale.contains(#""bolt_state":"night_lock""#) && stale.contains(#""lock_online":0"#))
        story.tell(until: 60)
        #expect(story.heard == ["0.0 reached NIGHT_LOCK 255", "20.0 signal 64 -1", "45.0 battery 82"])
        #expect(try story.status.bolt == .dayLock && story.status.isLockOnline)
    }

    @Test func `short loss: nobody is told, and the status follows by itself`() throws {
        var story = try DeviceStory("short-loss")
        story.tell(until: 9.999)
        #expect(try story.status.bolt == .dayLock && story.status.isLockOnline)
        story.tell(until: 60)
        #expect(story.heard == [])
        #expect(try story.status.bolt == .nightLock)
    }

    @Test func `motor stall: the stall names the key, the state after it none`() throws {
        var story = try DeviceStory("motor-stall")
        story.tell(until: 11)
        #expect(story.device.bolt == .unknown)
        story.tell(until: 30)
        #expect(
            story.heard == [
                "2.0 GO_TO_STATE_MANUAL_LOCK_BLE_NIGHT_LOCK NIGHT_LOCK 1", "5.0 stalled 1", "5.0 reached UNKNOWN 255",
                "12.0 reached DAY_LOCK 255", "14.0 GO_TO_STATE_MANUAL_LOCK_BLE_NIGHT_LOCK NIGHT_LOCK 7",
                "17.0 reached NIGHT_LOCK 7",
            ]
        )
        #expect(story.device.movements.map(\.outcome) == [.stalled, .arrived])
        #expect(story.device.movements.map(\.startedAt) == [.seconds(2), .seconds(14)])
        #expect(story.device.movements.map(\.key) == [KeyID(1), KeyID(7)])
    }

    @Test func `empty batteries: the motor stops, the battery is unknown, commands do nothing`() throws {
        var story = try DeviceStory("empty-batteries")
        story.tell(until: 30)
        try story.command(.lock)
        #expect(story.device.counters.whileOffline == 1)
        #expect(
            story.device.status(ipAddress: "192.0.2.10")
                == #"{"battery_percentage":-1,"battery_type":"UNKNOWN","battery_type_numeric":3,"battery_voltage":0,"#
                + #""bolt_state":"unknown","bolt_state_numeric":0,"bridge_mac_wifi":"a0b1c2d3e4f1","#
                + #""bridge_mac_ble":"a0b1c2d3e4f3","lock_online":0,"webhooks_number":1,"ip_address":"192.0.2.10","#
                + #""up_timestamp":1699999000,"wifi_strength":64,"ble_strength":-1}"#
        )
        story.tell(until: 89)
        #expect(try story.status.bolt == .unknown && story.status.isLockOnline)
        story.tell(until: 120)
        #expect(
            story.heard == [
                "0.0 battery 3", "4.5 GO_TO_STATE_MANUAL_LOCK_BLE_NIGHT_LOCK NIGHT_LOCK 1", "20.0 signal 64 -1",
                "20.0 battery -1", "60.0 battery 100", "91.0 GO_TO_STATE_MANUAL_LOCK_BLE_NIGHT_LOCK NIGHT_LOCK 1",
                "94.0 reached NIGHT_LOCK 1",
            ]
        )
        #expect(story.device.movements.map(\.outcome) == [.interrupted, .arrived])
    }

    @Test func `old firmware: numbers as text, decibels, a numeric battery type, odd words for no key`() throws {
        var story = try DeviceStory("old-firmware")
        story.tell(until: 5.5)
        let status = story.device.status(ipAddress: "127.0.0.1")
        #expect(status.contains(#""battery_percentage":"82""#) && status.contains(#""battery_voltage":"10.46""#))
        #expect(try story.status.signal == SignalReading(wifi: -58, bluetooth: -67))
        #expect(try story.status.battery.type == .lithium)
        story.tell(until: 7)
        let macs = #""mac_wifi":"a0b1c2d3e4f1","mac_ble":"a0b1c2d3e4f3""#
        let locked = #"{"requested_state":"NIGHT_LOCK","requested_state_numeric":"3",\#(macs),"#
        let unlocked = #"{"requested_state":"DAY_LOCK","requested_state_numeric":"2",\#(macs),"#
        #expect(
            story.bodies == [
                #"{"wifi_strength":"-58","ble_strength":"-67",\#(macs)}"#,
                #"{"battery_type":"2","battery_percentage":"82",\#(macs)}"#,
                locked + #""event_type":"STATE_CHANGED_NIGHT_LOCK","key_local_id":null}"#,
                unlocked + #""event_type":"STATE_CHANGED_LATCH","key_local_id":""}"#,
                locked + #""event_type":"STATE_CHANGED_NIGHT_LOCK"}"#,
                unlocked.replacing(#""2""#, with: "2") + #""event_type":"STATE_CHANGED_LATCH","key_local_id":255}"#,
            ]
        )
        for body in story.bodies { _ = try BridgeReport(webhookBody: Array(body.utf8)) }
    }

    @Test func `reboot: the bridge is gone meanwhile, and comes back with a new boot time and no targets`() throws {
        var story = try DeviceStory("reboot-loses-webhooks")
        story.tell(until: 29.9)
        #expect(story.device.port == .silent)
        #expect(story.device.bootedAt == DeviceStory.epoch - 1000)
        story.tell(until: 30)
        #expect(story.device.port == .open)
        #expect(story.device.bootedAt == DeviceStory.epoch + 30)
        #expect(story.device.webhooks.isEmpty)
        #expect(try story.status.bolt == .dayLock)
        #expect(story.heard == ["0.0 reached NIGHT_LOCK 255"])
        #expect(story.device.counters.webhooks.lost == 1)
    }

    @Test func `power cut: what was on its way is gone, the targets are kept`() throws {
        var story = try DeviceStory("power-cut")
        story.tell(until: 59)
        #expect(story.device.port == .silent)
        story.tell(until: 100)
        #expect(story.heard == [])
        #expect(story.device.counters.webhooks.lost == 2)
        #expect(story.device.webhooks.count == 1)
        #expect(story.device.bootedAt == DeviceStory.epoch + 60)
        #expect(try story.status.bolt == .dayLock)
    }

    @Test func `stale status: it lags for a minute, and then sticks until it is let go`() throws {
        var story = try DeviceStory("stale-status")
        var shown: [BoltState] = []
        for seconds in [59.9, 60, 420, 480.9, 481] {
            story.tell(until: seconds)
            shown.append(story.device.shownBolt)
        }
        #expect(shown == [.dayLock, .nightLock, .nightLock, .nightLock, .dayLock])
        #expect(story.heard == ["0.0 reached NIGHT_LOCK 255", "121.0 reached DAY_LOCK 255"])
    }

    @Test func `who moved it: every way has its event and its key, and the latch falls back by itself`() throws {
        var story = try DeviceStory("who-moved-it")
        story.tell(until: 60)
        #expect(
            story.heard == [
                "1.0 GO_TO_STATE_TOUCH_TO_LOCK NIGHT_LOCK 255", "4.0 reached NIGHT_LOCK 255",
                "11.0 GO_TO_STATE_MANUAL_UNLOCK_VIA_OUTSIDE_MODULE_PIN OPEN 0", "14.0 reached OPEN 0",
                "17.0 reached DAY_LOCK 255",
                "21.0 GO_TO_STATE_MANUAL_UNLOCK_VIA_OUTSIDE_MODULE_BUTTON OPEN 255", "24.0 reached OPEN 255",
                "27.0 reached DAY_LOCK 255", "31.0 GO_TO_STATE_TWIST_ASSIST_LOCK NIGHT_LOCK 255",
                "34.0 reached NIGHT_LOCK 255", "41.0 GO_TO_STATE_MANUAL_LOCK_BLE_LATCH DAY_LOCK 254",
                "44.0 reached DAY_LOCK 254", "51.0 GO_TO_STATE_MANUAL_UNLOCK_BLE_OPEN OPEN 1", "54.0 reached OPEN 1",
                "57.0 reached DAY_LOCK 255",
            ]
        )
        #expect(story.bodies[0].hasSuffix(#""key_local_id":null}"#))
        #expect(story.bodies[2].hasSuffix(#""key_local_id":0}"#))
        #expect(story.bodies[5].hasSuffix(#""key_local_id":255}"#))
    }

    @Test func `lost and repeated: what is lost is counted, what is repeated is the same to the byte`() throws {
        var story = try DeviceStory("lost-and-repeated")
        story.tell(until: 30)
        #expect(
            story.heard == [
                "5.0 reached DAY_LOCK 255", "10.0 reached NIGHT_LOCK 255", "10.0 reached NIGHT_LOCK 255",
                "20.0 battery 82",
            ]
        )
        #expect(story.bodies[1] == story.bodies[2])
        #expect(story.device.counters.webhooks.lost == 2)
        #expect(story.device.shownBolt == .dayLock, "the status follows what was lost as well")
    }

    @Test func `late and out of order: each keeps the time at which it was signed`() throws {
        var story = try DeviceStory("late-and-out-of-order")
        story.tell(until: 60)
        #expect(
            story.heard == [
                "5.0 reached DAY_LOCK 255", "13.0 reached NIGHT_LOCK 255 signed -13 s", "21.0 reached DAY_LOCK 255",
                "21.0 reached NIGHT_LOCK 255 signed -1 s", "40.0 reached NIGHT_LOCK 255 signed -10 s",
            ]
        )
    }

    @Test func `late at speed: the target sees the lateness that was asked for`() throws {
        var story = try DeviceStory("late-and-out-of-order")
        story.device.speed = 13
        story.tell(until: 2)
        #expect(story.heard == ["1.0 reached NIGHT_LOCK 255 signed -13 s"])
    }

    @Test func `wrong signatures: the clock is off, or the signature is`() throws {
        var story = try DeviceStory("wrong-signatures")
        story.tell(until: 30)
        #expect(
            story.heard == [
                "0.0 reached NIGHT_LOCK 255 signed 90 s", "5.0 reached DAY_LOCK 255 signed -90 s",
                "10.0 reached NIGHT_LOCK 255 forged", "15.0 reached DAY_LOCK 255",
            ]
        )
        #expect(story.device.kind == .shelly)
    }
}

@Suite struct `A simulated device that was told to` {
    private var device: SimulatedDevice
    private let secret = try! CommandSecret(base64: SimulatorConfiguration.demoKeySecret)

    init() throws { device = try SimulatedDevice(SimulatorConfiguration(), bootedAt: 0) }

    private func moment(_ seconds: Int) -> Moment {
        Moment(uptime: .seconds(seconds), unix: UnixTime(seconds: DeviceStory.epoch + Int64(seconds)))
    }

    private mutating func control(_ line: String, at seconds: Int) throws {
        device.pass(to: .seconds(seconds))
        device.perform(try #require(SimulatorCommand(line)), at: moment(seconds))
    }

    private mutating func command(_ action: LockAction, signedAt: Int, at seconds: Int) {
        let command = SignedCommand(action, key: KeyID(3)!, secret: secret, at: moment(signedAt).unix)
        device.pass(to: .seconds(seconds))
        device.receive(base64: command.base64, at: moment(seconds))
    }

    @Test mutating func `takes its time, takes as long as it was told`() throws {
        for line in ["time wake 2s", "time motor 12s", "time latch 500ms", "time notice 1s"] {
            try control(line, at: 0)
        }
        command(.open, signedAt: 0, at: 0)
        var deadlines: [Duration] = []
        while let next = device.nextDeadline, deadlines.count < 5 {
            deadlines.append(next)
            device.pass(to: next)
        }
        #expect(deadlines == [.seconds(2), .seconds(14), .milliseconds(14_500)])
        try control("offline", at: 20)
        #expect(device.nextDeadline == .seconds(21))
    }

    @Test mutating func `accept older commands, accepts them to the second`() throws {
        try control("time life 60s", at: 0)
        command(.lock, signedAt: 0, at: 60)
        command(.lock, signedAt: 0, at: 61)
        #expect(device.counters.valid == 1)
        #expect(device.counters.stale == 1)
        #expect(device.counters.repeated == 1)
    }

    @Test mutating func `keep the latch pulled by a second opening, still lets it fall back`() {
        command(.open, signedAt: 0, at: 0)
        command(.open, signedAt: 5, at: 5)
        device.pass(to: .seconds(6))
        #expect(device.bolt == .open)
        device.pass(to: .seconds(9))
        #expect(device.bolt == .dayLock)
        #expect(device.movements.map(\.outcome) == [.arrived, .wasThere])
    }

    @Test mutating func `be another bridge, has another address in everything`() throws {
        try control("mac a0b1c2d3e4ff", at: 0)
        #expect(device.status(ipAddress: "127.0.0.1").contains(#""bridge_mac_wifi":"a0b1c2d3e4ff""#))
        #expect(device.body(of: .battery(82)).contains(#""mac_wifi":"a0b1c2d3e4ff""#))
    }

    @Test mutating func `keep no more webhooks than so many, keeps no more`() throws {
        try control("webhook-limit 1", at: 0)
        let answers = [
            device.addWebhook(url: "http://a/", triggers: .all), device.addWebhook(url: "http://b/", triggers: .all),
        ]
        #expect(answers == [true, false])
        try control("webhook-limit off", at: 0)
        let isKept = device.addWebhook(url: "http://c/", triggers: .all)
        #expect(isKept && device.webhooks.map(\.id) == [1, 2])
    }

    @Test mutating func `refuse and be silent, is the last of both, and silent without power`() throws {
        var ports: [SimulatedDevice.PortState] = []
        for line in ["refuse on", "blackhole on", "blackhole off", "refuse on", "power off", "power on", "refuse off"] {
            try control(line, at: 0)
            ports.append(device.port)
        }
        #expect(ports == [.refusing, .silent, .open, .refusing, .silent, .refusing, .open])
    }
}
