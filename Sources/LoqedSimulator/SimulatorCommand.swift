package import LockDomain

/// One thing a person can do to the simulation, by a line of text.
package enum SimulatorCommand: Hashable, Sendable {
    case move(BoltState)
    case byHand(BoltState)
    case touch
    case pin(KeyID)
    case button
    case twist(BoltState)
    case stall(Bool)
    case offline
    case online
    case battery(Int)
    case batteryReport
    case signalReport
    case reboot(losesWebhooks: Bool)
    case refuse(Bool)
    case fault(SimulatedDevice.RequestFault?)
    case stuckStatus(Bool)
    case skew(Duration)
    case mode(BridgeKind)
    case speed(Double)
    case state
    case help
    case quit

    /// Every line that is understood, for `help` and for errors.
    package static let usage = """
        lock | unlock | open              the phone app moves the lock (key 1)
        by-hand lock|unlock               somebody turns the knob
        touch                             the touch sensor locks
        pin KEY | button                  the outside module opens
        twist lock|unlock|open            a turn by hand that the motor finishes
        stall on|off                      the motor does not get through
        offline | online                  Bluetooth to the lock breaks, or is back
        battery PERCENT | battery-report  a battery report
        signal-report                     a signal report
        reboot [lose-webhooks]            the bridge restarts
        refuse on|off                     the bridge takes no connections
        fault hang|reset|truncate|error|redirect|garbage|off
                                          what the bridge does to requests
        stuck on|off                      /status does not change any more
        skew SECONDS                      the bridge's clock is off
        mode esp32|shelly                 the generation of the bridge
        speed FACTOR                      how much faster than real it moves
        state | help | quit
        """

    /// Reads one line; nothing when it is not understood.
    package init?(_ line: String) {
        let words = line.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
        let argument = words.count == 2 ? words[1] : nil
        guard let verb = words.first, words.count <= 2 else { return nil }
        guard let command = Self.plain(verb, hasArgument: argument != nil) ?? argument.flatMap({ Self.with($0, verb) })
        else { return nil }
        self = command
    }

    private static func plain(_ verb: String, hasArgument: Bool) -> SimulatorCommand? {
        guard !hasArgument else { return nil }
        switch verb {
        case "lock": return .move(.nightLock)
        case "unlock": return .move(.dayLock)
        case "open": return .move(.open)
        case "touch": return .touch
        case "button": return .button
        case "offline": return .offline
        case "online": return .online
        case "battery-report": return .batteryReport
        case "signal-report": return .signalReport
        case "reboot": return .reboot(losesWebhooks: false)
        case "state": return .state
        case "help": return .help
        case "quit": return .quit
        default: return nil
        }
    }

    private static func with(_ argument: String, _ verb: String) -> SimulatorCommand? {
        let bolt: BoltState? = ["lock": .nightLock, "unlock": .dayLock, "open": .open][argument]
        let flag: Bool? = ["on": true, "off": false][argument]
        switch verb {
        case "by-hand": return argument == "open" ? nil : bolt.map(SimulatorCommand.byHand)
        case "twist": return bolt.map(SimulatorCommand.twist)
        case "pin": return Int(argument).flatMap(KeyID.init).map(SimulatorCommand.pin)
        case "stall": return flag.map(SimulatorCommand.stall)
        case "battery": return Int(argument).flatMap { (-1...100).contains($0) ? .battery($0) : nil }
        case "reboot": return argument == "lose-webhooks" ? .reboot(losesWebhooks: true) : nil
        case "refuse": return flag.map(SimulatorCommand.refuse)
        case "fault":
            if argument == "off" { return .fault(nil) }
            return SimulatedDevice.RequestFault(rawValue: argument).map { .fault($0) }
        case "stuck": return flag.map(SimulatorCommand.stuckStatus)
        case "skew": return Int64(argument).flatMap { abs($0) <= 86_400 ? .skew(.seconds($0)) : nil }
        case "mode": return BridgeKind(rawValue: argument).map(SimulatorCommand.mode)
        case "speed": return Double(argument).flatMap { (0.1...1000).contains($0) ? .speed($0) : nil }
        default: return nil
        }
    }
}
