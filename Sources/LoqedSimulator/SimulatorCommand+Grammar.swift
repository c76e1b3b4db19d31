import LockDomain

extension SimulatorCommand {
    /// One form of a line of control.
    struct Rule: Sendable {
        let verbs: [String]
        let form: String
        let meaning: String
        let read: @Sendable (_ verb: String, _ arguments: [String]) -> SimulatorCommand?

        /// A line of `help`.
        var usage: String {
            let width = 34
            guard form.count < width else { return "\(form)\n\(String(repeating: " ", count: width))\(meaning)" }
            return form + String(repeating: " ", count: width - form.count) + meaning
        }

        /// A line of this form.
        var example: String {
            let values = [
                "KEY": "1", "PERCENT": "15", "TYPE": "lithium", "WIFI": "64", "BLUETOOTH": "71", "DURATION": "20s",
                "SECONDS": "40", "HEX": "a0b1c2d3e4f1", "STATUS": "403", "COUNT": "3", "ROUTE": "to_lock",
                "FAULT": "reset", "NAME": "lag", "FACTOR": "2",
            ]
            let words = form.split(separator: " ").prefix { $0 != "|" }.map { word in
                let plain = word.filter { !"[]".contains($0) }
                let first = plain.prefix { $0 != "|" }
                return values[String(first)] ?? String(first)
            }
            return words.joined(separator: " ")
        }

        init(
            _ form: String,
            _ meaning: String,
            verbs: [String]? = nil,
            read: @escaping @Sendable (_ verb: String, _ arguments: [String]) -> SimulatorCommand?
        ) {
            self.verbs = verbs ?? [String(form.prefix { $0 != " " })]
            self.form = form
            self.meaning = meaning
            self.read = read
        }

        /// A line of one word.
        static func word(_ word: String, _ meaning: String, _ command: SimulatorCommand) -> Rule {
            Rule(word, meaning) { _, arguments in arguments.isEmpty ? command : nil }
        }

        /// A line with one argument, which reads as something or is not understood.
        static func one(
            _ form: String,
            _ meaning: String,
            _ read: @escaping @Sendable (String) -> SimulatorCommand?
        ) -> Rule {
            Rule(form, meaning) { _, arguments in arguments.count == 1 ? read(arguments[0]) : nil }
        }

        /// A line that turns something on or off.
        static func flag(
            _ verb: String,
            _ meaning: String,
            _ make: @escaping @Sendable (Bool) -> SimulatorCommand
        ) -> Rule {
            one("\(verb) on|off", meaning) { ["on": true, "off": false][$0].map(make) }
        }
    }

    static let rules = lockRules + bridgeRules + webhookRules + simulationRules

    private static let bolts: [String: BoltState] = ["lock": .nightLock, "unlock": .dayLock, "open": .open]

    private static let lockRules: [Rule] = [
        Rule(
            "lock | unlock | open [KEY]",
            "the phone app moves the lock, with key 1 or another",
            verbs: ["lock", "unlock", "open"]
        ) { verb, arguments in
            guard let bolt = bolts[verb], arguments.count <= 1 else { return nil }
            guard let text = arguments.first else { return .move(bolt) }
            return Int(text).flatMap(KeyID.init).map { .move(bolt, key: $0) }
        },
        .one("by-hand lock|unlock", "somebody turns the knob") { $0 == "open" ? nil : bolts[$0].map { .byHand($0) } },
        .word("touch", "the touch sensor locks", .touch),
        .one("pin KEY", "the keypad of the outside module opens") { Int($0).flatMap(KeyID.init).map { .pin($0) } },
        .word("button", "the button of the outside module opens", .button),
        .one("twist lock|unlock|open", "a turn by hand that the motor finishes") { bolts[$0].map { .twist($0) } },
        .flag("stall", "the motor does not get through") { .stall($0) },
        .word("offline", "Bluetooth to the lock breaks", .offline),
        .word("online", "Bluetooth to the lock is back", .online),
        .one("batteries empty|new", "the lock has no power any more, or has new batteries") {
            ["empty": true, "new": false][$0].map { .batteries(areEmpty: $0) }
        },
        .one("battery PERCENT", "a battery report of that level, -1 for unknown") {
            number($0, in: -1...100).map { .battery($0) }
        },
        .one("battery-type TYPE", "alkaline, nickel_metal_hydride, lithium or unknown, and a report") {
            $0 == "unknown" ? .batteryType(nil) : BatteryType(rawValue: $0).map { .batteryType($0) }
        },
        .word("battery-report", "a battery report", .batteryReport),
        Rule("signal WIFI BLUETOOTH", "a signal report of these; old firmware has negative decibels") { _, arguments in
            guard arguments.count == 2, let wifi = number(arguments[0], in: -120...100),
                let bluetooth = number(arguments[1], in: -120...100)
            else { return nil }
            return .signal(wifi: wifi, bluetooth: bluetooth)
        },
        .word("signal-report", "a signal report", .signalReport),
        .flag("late-commands", "a command for a lost lock moves it when it is back") { .lateCommands($0) },
        .flag("replays", "the lock acts on signed bytes that it has had (at first: on)") { .replays($0) },
    ]

    private static let bridgeRules: [Rule] = [
        Rule("reboot [lose-webhooks] [DURATION]", "the bridge restarts, and is gone for so long") { _, arguments in
            let loses = arguments.first == "lose-webhooks"
            let rest = loses ? Array(arguments.dropFirst()) : arguments
            guard let text = rest.first else { return .reboot(losesWebhooks: loses) }
            guard rest.count == 1 else { return nil }
            return DurationText.readSeconds(text).map { .reboot(losesWebhooks: loses, outage: $0) }
        },
        .flag("power", "the bridge has power") { .power($0) },
        .flag("refuse", "the bridge refuses connections") { .refuse($0) },
        .flag("blackhole", "the bridge neither takes nor refuses connections") { .blackhole($0) },
        Rule(
            "fault [ROUTE] FAULT|off [COUNT]",
            """
            what the bridge does to requests, or to so many of them
              it takes effect, and the answer is no good:
                hang reset truncate error redirect garbage drip huge
              it has no effect: drop (and no answer), swallow (and the usual answer)
              routes: status to_lock state webhooks list create delete; otherwise all
            """.replacing("\n", with: "\n" + String(repeating: " ", count: 34))
        ) { _, arguments in fault(arguments) },
        .flag("stuck", "/status does not change any more") { .stuckStatus($0) },
        .flag("stale-values", "/status still shows the last values of a lost lock") { .staleValues($0) },
        .one("skew SECONDS", "the bridge's clock is ahead by so much, or behind") {
            number($0, in: -86_400...86_400).map { .skew(.seconds($0)) }
        },
        .one("mode esp32|shelly", "the generation of the bridge") { BridgeKind(rawValue: $0).map { .mode($0) } },
        .one("mac HEX", "the bridge is another one, with this Wi-Fi MAC of 12 digits") { text in
            let isMAC = text.utf8.count == 12 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
            return isMAC ? .wifiMAC(text) : nil
        },
        .flag("text-numbers", "numbers are written as text") { .numbersAsText($0) },
        .flag("type-numbers", "webhooks give the type of the batteries as a number") { .typeAsNumber($0) },
        .one("no-key 255|null|empty|missing", "how events without a key are written") {
            SimulatedDevice.NoKey(rawValue: $0).map { .noKey($0) }
        },
        .one("denial STATUS", "the answer to a wrong signature at /webhooks, 400 to 599") {
            number($0, in: 400...599).map { .denial($0) }
        },
    ]

    private static let webhookRules: [Rule] = [
        .one("lose on|off|COUNT", "webhooks are lost: all, none, or so many of the next") { text in
            ["on": true, "off": false][text].map { .lose($0) } ?? number(text, in: 1...1000).map { .loseNext($0) }
        },
        .flag("repeat", "each webhook is sent twice, byte for byte the same") { .repeats($0) },
        .one("delay DURATION", "webhooks arrive so much after they were signed") {
            DurationText.readSeconds($0).map { .delay($0) }
        },
        .flag("swap", "every second webhook overtakes the one before it") { .swap($0) },
        .flag("forge", "webhooks have a wrong signature") { .forge($0) },
        .one("foreign ok|slow|dead|refusing|off", "a target of somebody else is on the list, or none is") {
            $0 == "off" ? .foreign(nil) : ForeignTarget(rawValue: $0).map { .foreign($0) }
        },
        .one("webhook-limit COUNT|off", "the bridge keeps no more webhooks than that") {
            $0 == "off" ? .webhookLimit(nil) : number($0, in: 0...1000).map { .webhookLimit($0) }
        },
    ]

    private static let simulationRules: [Rule] = [
        Rule(
            "time NAME DURATION",
            """
            how long something takes at speed 1
              wake (request to motor), motor, latch, notice (until a loss is reported),
              lag (of /status), slow (foreign targets), life (of a command)
            """.replacing("\n", with: "\n" + String(repeating: " ", count: 34))
        ) { _, arguments in
            guard arguments.count == 2, let name = SimulatorTiming.Name(rawValue: arguments[0]),
                let duration = DurationText.readSeconds(arguments[1])
            else { return nil }
            return .time(name, duration)
        },
        .one("speed FACTOR", "how much faster than real it moves, 0.1 to 1000") {
            Double($0).flatMap { (0.1...1000).contains($0) ? .speed($0) : nil }
        },
        .word("state", "the state in short", .state),
        .word("report", "the state, the counters and the last movements", .report),
        .word("help", "these lines", .help),
        .word("quit", "the end", .quit),
    ]

    private static func fault(_ words: [String]) -> SimulatorCommand? {
        var words = words[...]
        let scope = words.first.flatMap(FaultScope.init(rawValue:))
        if scope != nil { words = words.dropFirst() }
        guard let word = words.popFirst() else { return nil }
        let count = words.popFirst()
        guard words.isEmpty else { return nil }
        if word == "off" { return count == nil ? .fault(nil, on: scope ?? .all) : nil }
        guard let fault = SimulatedDevice.RequestFault(rawValue: word) else { return nil }
        guard let count else { return .fault(fault, on: scope ?? .all) }
        return number(count, in: 1...1000).map { .fault(fault, on: scope ?? .all, count: $0) }
    }

    private static func number(_ text: String, in range: ClosedRange<Int>) -> Int? {
        Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
}
