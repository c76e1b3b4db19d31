package import LockDomain

extension SimulatedDevice {
    /// Does what a line of control asks of the device.
    ///
    /// What it asks of the world around it, such as targets of others, is not done here.
    package mutating func perform(_ command: SimulatorCommand, at now: Moment) {
        switch command {
        case .move(let target, let key): moveByPhone(to: target, key: key, at: now.uptime)
        case .byHand(let target): turnByHand(to: target, at: now.uptime)
        case .touch: move(to: .nightLock, by: nil, event: "GO_TO_STATE_TOUCH_TO_LOCK", at: now.uptime)
        case .pin(let key):
            move(to: .open, by: key, event: "GO_TO_STATE_MANUAL_UNLOCK_VIA_OUTSIDE_MODULE_PIN", at: now.uptime)
        case .button:
            move(to: .open, by: nil, event: "GO_TO_STATE_MANUAL_UNLOCK_VIA_OUTSIDE_MODULE_BUTTON", at: now.uptime)
        case .twist(let target):
            let name = ["open": "OPEN", "day_lock": "LATCH"][target.rawValue] ?? "LOCK"
            move(to: target, by: nil, event: "GO_TO_STATE_TWIST_ASSIST_\(name)", at: now.uptime)
        case .stall(let flag): faults.stalls = flag
        case .offline: loseLock(at: now.uptime)
        case .online: findLock(at: now.uptime)
        case .batteries(areEmpty: true): emptyBatteries(at: now.uptime)
        case .batteries(areEmpty: false): replaceBatteries(at: now.uptime)
        case .battery(let level): setBattery(level)
        case .batteryType(let type): setBatteryType(type)
        case .batteryReport: reportBattery()
        case .signal(let wifi, let bluetooth): setSignal(wifi: wifi, bluetooth: bluetooth)
        case .signalReport: reportSignal()
        case .lateCommands(let flag): manners.keepsCommandsForLostLock = flag
        case .replays(let flag): manners.actsOnReplays = flag
        default: performOnBridge(command, at: now)
        }
    }

    private mutating func moveByPhone(to target: BoltState, key: KeyID?, at now: Duration) {
        let name = ["open": "MANUAL_UNLOCK_BLE_OPEN", "day_lock": "MANUAL_LOCK_BLE_LATCH"][target.rawValue]
        let event = "GO_TO_STATE_\(name ?? "MANUAL_LOCK_BLE_NIGHT_LOCK")"
        move(to: target, by: key ?? KeyID(1), event: event, at: now)
    }

    private mutating func performOnBridge(_ command: SimulatorCommand, at now: Moment) {
        switch command {
        case .reboot(let losesWebhooks, let outage): reboot(losesWebhooks: losesWebhooks, outage: outage, at: now)
        case .power(true): powerOn(bootedAt: now.unix.seconds)
        case .power(false): powerOff()
        case .refuse(let flag): faults.port = flag ? .refusing : .open
        case .blackhole(let flag): faults.port = flag ? .silent : .open
        case .fault(let fault, let scope, let count): faults.requests.set(fault, on: scope, count: count)
        case .stuckStatus(let flag):
            faults.statusIsStuck = flag
            if !flag, shownBolt != bolt, undelivered == 0 { delivered(at: now.uptime) }
        case .staleValues(let flag): manners.keepsValuesOfLostLock = flag
        case .skew(let skew): faults.clockSkew = skew
        case .mode(let kind): self.kind = kind
        case .wifiMAC(let mac): wifiMAC = mac
        case .numbersAsText(let flag): manners.writesNumbersAsText = flag
        case .typeAsNumber(let flag): manners.writesBatteryTypeAsNumber = flag
        case .noKey(let form): manners.noKey = form
        case .denial(let status): manners.denial = status
        default: performOnWebhooks(command)
        }
    }

    private mutating func performOnWebhooks(_ command: SimulatorCommand) {
        switch command {
        case .lose(let flag):
            faults.webhooks.losesAll = flag
            faults.webhooks.losesNext = 0
        case .loseNext(let count): faults.webhooks.losesNext = count
        case .repeats(let flag): faults.webhooks.repeats = flag
        case .delay(let delay): faults.webhooks.delay = delay
        case .swap(let flag): faults.webhooks.swaps = flag
        case .forge(let flag): faults.webhooks.forges = flag
        case .webhookLimit(let limit): manners.webhookLimit = limit
        case .time(let name, let duration): timing[keyPath: name.keyPath] = duration
        case .speed(let factor): speed = factor
        default: break
        }
    }
}
