import LockDomain

extension SimulatorCommand {
    /// The line that reads back as this command.
    package var line: String { ([verb] + arguments).joined(separator: " ") }

    private var verb: String {
        switch self {
        case .move(let bolt, _): Self.name(bolt)
        case .byHand: "by-hand"
        case .touch: "touch"
        case .pin: "pin"
        case .button: "button"
        case .twist: "twist"
        case .stall: "stall"
        case .offline: "offline"
        case .online: "online"
        case .batteries: "batteries"
        case .battery: "battery"
        case .batteryType: "battery-type"
        case .batteryReport: "battery-report"
        case .signal: "signal"
        case .signalReport: "signal-report"
        case .lateCommands: "late-commands"
        case .replays: "replays"
        case .reboot: "reboot"
        case .power: "power"
        case .refuse: "refuse"
        case .blackhole: "blackhole"
        case .fault: "fault"
        case .stuckStatus: "stuck"
        case .staleValues: "stale-values"
        case .skew: "skew"
        case .mode: "mode"
        case .wifiMAC: "mac"
        case .numbersAsText: "text-numbers"
        case .typeAsNumber: "type-numbers"
        case .noKey: "no-key"
        case .denial: "denial"
        case .lose, .loseNext: "lose"
        case .repeats: "repeat"
        case .delay: "delay"
        case .swap: "swap"
        case .forge: "forge"
        case .foreign: "foreign"
        case .webhookLimit: "webhook-limit"
        case .time: "time"
        case .speed: "speed"
        case .state: "state"
        case .report: "report"
        case .help: "help"
        case .quit: "quit"
        }
    }

    private var arguments: [String] {
        switch self {
        case .touch, .button, .offline, .online, .batteryReport, .signalReport, .state, .report, .help, .quit: []
        case .move(_, let key): key.map { ["\($0)"] } ?? []
        case .byHand(let bolt), .twist(let bolt): [Self.name(bolt)]
        case .pin(let key): ["\(key)"]
        case .stall(let flag), .lateCommands(let flag), .replays(let flag), .power(let flag), .refuse(let flag),
            .blackhole(let flag), .stuckStatus(let flag), .staleValues(let flag), .numbersAsText(let flag),
            .typeAsNumber(let flag), .lose(let flag), .repeats(let flag), .swap(let flag), .forge(let flag):
            [flag ? "on" : "off"]
        case .batteries(let areEmpty): [areEmpty ? "empty" : "new"]
        case .batteryType(let type): [type?.rawValue ?? "unknown"]
        case .battery(let number), .denial(let number), .loseNext(let number): ["\(number)"]
        case .signal(let wifi, let bluetooth): ["\(wifi)", "\(bluetooth)"]
        case .reboot(let losesWebhooks, let outage):
            (losesWebhooks ? ["lose-webhooks"] : []) + (outage > .zero ? [DurationText.write(outage)] : [])
        case .fault(let fault, let scope, let count):
            (scope == .all ? [] : [scope.rawValue]) + [fault?.rawValue ?? "off"] + (count.map { ["\($0)"] } ?? [])
        case .skew(let skew): ["\(skew.components.seconds)"]
        case .mode(let kind): [kind.rawValue]
        case .wifiMAC(let mac): [mac]
        case .noKey(let form): [form.rawValue]
        case .delay(let delay): [DurationText.write(delay)]
        case .foreign(let target): [target?.rawValue ?? "off"]
        case .webhookLimit(let limit): [limit.map { "\($0)" } ?? "off"]
        case .time(let name, let duration): [name.rawValue, DurationText.write(duration)]
        case .speed(let factor): ["\(factor)"]
        }
    }

    private static func name(_ bolt: BoltState) -> String {
        switch bolt {
        case .open: "open"
        case .nightLock: "lock"
        case .dayLock, .unknown: "unlock"
        }
    }
}
