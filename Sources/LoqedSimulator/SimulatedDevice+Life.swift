package import LockDomain
package import LoqedWire

// MARK: - The lock

extension SimulatedDevice {
    /// Bluetooth to the lock breaks; the bridge notices after a while.
    ///
    /// The lock goes on with what it was doing, and nobody hears of it.
    package mutating func loseLock(at now: Duration) {
        guard isOnline else { return }
        isOnline = false
        plan(.reportOffline, after: timing.untilOffline, from: now)
    }

    /// The lock is back.
    ///
    /// Its bridge says so by a battery report alone, and not even that when it had not noticed the loss.
    package mutating func findLock(at now: Duration) {
        guard !isOnline, !hasEmptyBatteries else { return }
        isOnline = true
        planned.removeAll { $0.step == .reportOffline }
        if isReportedOffline { emit(.battery(battery)) }
        isReportedOffline = false
        if bolt != shownBolt { delivered(at: now) }
        guard let command = keptCommand else { return }
        keptCommand = nil
        obey(command, at: now)
    }

    /// The batteries run out: the motor stops where it is, and the bridge loses the lock.
    package mutating func emptyBatteries(at now: Duration) {
        hasEmptyBatteries = true
        cancelMovement()
        loseLock(at: now)
    }

    /// New batteries: the lock is back, and knows where it stands only after its next movement.
    package mutating func replaceBatteries(at now: Duration) {
        guard hasEmptyBatteries else { return }
        hasEmptyBatteries = false
        battery = 100
        bolt = .unknown
        findLock(at: now)
    }

    mutating func reportOffline() {
        guard !isOnline else { return }
        isReportedOffline = true
        emit(.signal(wifi: wifiSignal, bluetooth: -1))
        if hasEmptyBatteries { emit(.battery(-1)) }
    }

    /// The batteries have that charge from now on, in per cent.
    package mutating func setBattery(_ level: Int) {
        battery = level
        reportBattery()
    }

    /// The owner tells the lock what batteries are in it; nil: it does not know.
    package mutating func setBatteryType(_ type: BatteryType?) {
        batteryType = type
        reportBattery()
    }

    /// The lock reports its batteries.
    package mutating func reportBattery() { emit(.battery(battery)) }

    /// The strengths of both radios from now on; -1 is no signal.
    package mutating func setSignal(wifi: Int, bluetooth: Int) {
        wifiSignal = wifi
        bluetoothSignal = bluetooth
        reportSignal()
    }

    /// The bridge reports both strengths.
    package mutating func reportSignal() {
        emit(.signal(wifi: wifiSignal, bluetooth: isReportedOffline ? -1 : bluetoothSignal))
    }
}

// MARK: - The bridge

extension SimulatedDevice {
    /// The bridge restarts and cannot be reached meanwhile; what it still had to send is gone.
    package mutating func reboot(losesWebhooks: Bool, outage: Duration = .zero, at now: Moment) {
        powerOff()
        if losesWebhooks { webhooks = [] }
        let bootedAt = now.unix.seconds + (outage / speed).components.seconds
        if outage > .zero {
            plan(.powerOn(bootedAt: bootedAt), after: outage, from: now.uptime)
        } else {
            powerOn(bootedAt: bootedAt)
        }
    }

    /// The bridge loses its power.
    package mutating func powerOff() {
        planned.removeAll { if case .powerOn = $0.step { true } else { false } }
        isPowered = false
        counters.webhooks.lost += events.count + held.map(\.deliveries.count).reduce(0, +)
        events = []
        held = []
        boots += 1
    }

    /// The bridge has its power back and asks the lock how it stands.
    package mutating func powerOn(bootedAt: Int64) {
        guard !isPowered else { return }
        isPowered = true
        self.bootedAt = bootedAt
        if !faults.statusIsStuck { shownBolt = bolt }
    }

    /// The bridge keeps a target; `false` when its list is full.
    @discardableResult
    package mutating func addWebhook(url: String, triggers: WebhookTriggers) -> Bool {
        if let limit = manners.webhookLimit, webhooks.count >= limit { return false }
        lastWebhookID += 1
        webhooks.append(WebhookEntry(id: lastWebhookID, url: url, triggers: triggers))
        return true
    }

    /// Takes an entry off the list; returns whether it was there.
    package mutating func removeWebhook(_ id: UInt64) -> Bool {
        let count = webhooks.count
        webhooks.removeAll { $0.id == id }
        return webhooks.count < count
    }
}
