package import LockDomain

/// One thing a person can do to the simulation, by a line of text.
package enum SimulatorCommand: Hashable, Sendable {
    // The lock.
    case move(BoltState, key: KeyID? = nil)
    case byHand(BoltState)
    case touch
    case pin(KeyID)
    case button
    case twist(BoltState)
    case stall(Bool)
    case offline
    case online
    case batteries(areEmpty: Bool)
    case battery(Int)
    case batteryType(BatteryType?)
    case batteryReport
    case signal(wifi: Int, bluetooth: Int)
    case signalReport
    case lateCommands(Bool)
    case replays(Bool)

    // The bridge.
    case reboot(losesWebhooks: Bool, outage: Duration = .zero)
    case power(Bool)
    case refuse(Bool)
    case blackhole(Bool)
    case fault(SimulatedDevice.RequestFault?, on: FaultScope = .all, count: Int? = nil)
    case stuckStatus(Bool)
    case staleValues(Bool)
    case skew(Duration)
    case mode(BridgeKind)
    case wifiMAC(String)
    case numbersAsText(Bool)
    case typeAsNumber(Bool)
    case noKey(SimulatedDevice.NoKey)
    case denial(Int)

    // Webhooks.
    case lose(Bool)
    case loseNext(Int)
    case repeats(Bool)
    case delay(Duration)
    case swap(Bool)
    case forge(Bool)
    case foreign(ForeignTarget?)
    case webhookLimit(Int?)

    // The simulation.
    case time(SimulatorTiming.Name, Duration)
    case speed(Double)
    case state
    case report
    case help
    case quit

    /// Every line that is understood, for `help` and for errors.
    package static let usage = rules.map(\.usage).joined(separator: "\n")

    /// Reads one line; nothing when it is not understood.
    package init?(_ line: String) {
        let words = line.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
        guard let verb = words.first, words.count <= 5, let rule = Self.rule(of: verb),
            let command = rule.read(verb, Array(words.dropFirst()))
        else { return nil }
        self = command
    }

    /// How a line beginning with that word has to look; nothing when no line does.
    static func form(of verb: String) -> (form: String, example: String)? {
        rule(of: verb.lowercased()).map { ($0.form, $0.example) }
    }

    /// A line of every form.
    package static let examples = rules.map(\.example)

    private static func rule(of verb: String) -> Rule? { rules.first { $0.verbs.contains(verb) } }
}

/// A target for webhooks that belongs to somebody else.
package enum ForeignTarget: String, Hashable, Sendable, CaseIterable {
    /// Answers at once.
    case ok
    /// Answers late.
    case slow
    /// Takes no connection and refuses none: the bridge waits for it in vain.
    case dead
    /// Refuses connections.
    case refusing
}
