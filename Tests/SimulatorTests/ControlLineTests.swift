import LockDomain
import LoqedSimulator
import Testing

@Suite struct `A form of a line of control` {
    @Test(arguments: SimulatorCommand.examples) func `has an example that is understood and reads back`(
        line: String
    ) throws {
        let command = try #require(SimulatorCommand(line), "\(line)")
        #expect(SimulatorCommand(command.line) == command)
    }

    @Test(arguments: [
        ("open 0", SimulatorCommand.move(.open, key: KeyID(0))), ("batteries new", .batteries(areEmpty: false)),
        ("battery-type unknown", .batteryType(nil)),
        ("battery-type nickel_metal_hydride", .batteryType(.nickelMetalHydride)),
        ("signal -58 -67", .signal(wifi: -58, bluetooth: -67)), ("late-commands on", .lateCommands(true)),
        ("replays off", .replays(false)), ("reboot 20s", .reboot(losesWebhooks: false, outage: .seconds(20))),
        ("reboot lose-webhooks 1m", .reboot(losesWebhooks: true, outage: .seconds(60))), ("power off", .power(false)),
        ("blackhole on", .blackhole(true)), ("fault status hang", .fault(.hang, on: .status)),
        ("fault to_lock reset 1", .fault(.reset, on: .toLock, count: 1)), ("fault drip 3", .fault(.drip, count: 3)),
        ("fault webhooks off", .fault(nil, on: .webhooks)), ("stale-values on", .staleValues(true)),
        ("mac A0B1C2D3E4FF", .wifiMAC("a0b1c2d3e4ff")), ("text-numbers on", .numbersAsText(true)),
        ("type-numbers off", .typeAsNumber(false)), ("no-key null", .noKey(.null)), ("denial 403", .denial(403)),
        ("lose on", .lose(true)), ("lose 3", .loseNext(3)), ("repeat on", .repeats(true)),
        ("delay 13", .delay(.seconds(13))), ("delay 500ms", .delay(.milliseconds(500))), ("swap on", .swap(true)),
        ("forge off", .forge(false)), ("foreign dead", .foreign(.dead)), ("foreign off", .foreign(nil)),
        ("webhook-limit 0", .webhookLimit(0)), ("webhook-limit off", .webhookLimit(nil)),
        ("time lag 60", .time(.lag, .seconds(60))), ("time life 1m", .time(.life, .seconds(60))), ("report", .report),
    ]) func `is read as what it says, and reads back`(line: String, command: SimulatorCommand) {
        #expect(SimulatorCommand(line) == command)
        #expect(SimulatorCommand(command.line) == command)
    }

    @Test(arguments: [
        "open 255", "open -1", "batteries", "battery-type lead", "signal 64", "signal 64 101", "signal 1 2 3",
        "reboot now", "reboot 20s lose-webhooks", "reboot 1441m", "fault", "fault to_lock", "fault off 3",
        "fault other hang", "fault hang 0", "fault hang 1001", "fault to_lock hang 1 1", "mac a0b1c2d3e4f",
        "mac a0b1c2d3e4fg", "no-key 254", "denial 200", "lose 0", "lose maybe", "delay -1",
        "delay 99999999999999999999",
        "delay 1h", "foreign", "webhook-limit -1", "time lag", "time forever 1s", "speed nan", "speed inf", "state now",
        "lock\u{0}", "ＬＯＣＫ", "delay ５s", "battery ١",
    ]) func `is refused with anything else in it`(line: String) { #expect(SimulatorCommand(line) == nil) }

    @Test func `stands in the help`() {
        for example in SimulatorCommand.examples {
            let verb = example.prefix { $0 != " " }
            #expect(SimulatorCommand.usage.contains(verb), "\(verb)")
        }
        #expect(SimulatorCommand.usage.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }
}
