import LockDomain

/// Reports as no lock would give them: any combination, and values from the edge of their types and beyond reason.
struct RandomReports {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> LockReport {
        LockReport(
            state: pick(LockState.allCases),
            evidence: maybe {
                Evidence(source: $0.pick([.webhook, .status, .cloudWebhook, .cloudStatus]), time: $0.time())
            },
            lastKnownState: maybe { .init(state: $0.pick(LockState.allCases), time: $0.time()) },
            connectivity: pick([
                .online, .offline(.starting), .offline(.lockOffline), .offline(.bridgeUnreachable),
            ]),
            road: pick([.local, .cloud, .none]),
            battery: BatteryReading(
                level: maybe { $0.pick([-1, 0, 1, 20, 21, 100, 101, .max, .min]) },
                voltage: maybe { $0.voltage() },
                type: maybe { $0.pick([.alkaline, .nickelMetalHydride, .lithium]) }
            ),
            lastKnownBattery: maybe { .init(level: $0.pick([0, 50, 100]), time: $0.time()) },
            signal: SignalReading(
                wifi: maybe { $0.pick([-90, 0, 100, .min]) },
                bluetooth: maybe { $0.pick([-1, 55, .max]) }
            ),
            webhookPath: pick([.proven, .unproven]),
            bridgeKind: maybe { $0.pick([.esp32, .shelly]) },
            bridgeMAC: maybe { $0.pick(["a0b1c2d3e4f1", "", "A0B1C2D3E4F1", "a0b1c2d3e4f", "\"\\\u{0}"]) },
            lastAction: maybe { $0.lastAction() },
            clockSkew: maybe { $0.pick([.zero, .seconds(-3), .seconds(Int64.max / 4), .milliseconds(1999)]) },
            webhookDelays: maybe {
                WebhookDelays(
                    count: $0.pick([0, 1, .max]),
                    last: $0.pick([.zero, .seconds(-3), .milliseconds(1999)]),
                    median: $0.pick([.zero, .seconds(Int64.max)]),
                    longest: $0.pick([.milliseconds(50), .seconds(Int64.max / 4)])
                )
            }
        )
    }

    private mutating func lastAction() -> LockReport.LastAction {
        LockReport.LastAction(
            event: pick(LockOccurrence.Word.allCases),
            rawType: maybe { $0.text() },
            cause: pick([.touch, .twist, .pin, .button, .remote, .auto, .gateway, .byHand, .unknown]),
            key: maybe { KeyID($0.pick([0, 1, 254])) } ?? nil,
            keyName: maybe { $0.text() },
            time: time()
        )
    }

    private mutating func voltage() -> Double {
        pick([
            .nan, .infinity, -.infinity, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 0, 10.37 + 1e-14, 0.1 + 0.2,
            12, 9.9994, 9.9996,
        ])
    }

    private mutating func time() -> UnixTime {
        UnixTime(milliseconds: pick([0, -1, 1_795_429_230_123, .max, .min, 253_402_300_799_999, 253_402_300_800_000]))
    }

    private mutating func text() -> String {
        (0..<Int.random(in: 0...12, using: &generator))
            .map { _ in pick(["a", "\"", "\\", "\n", "\u{0}", "\u{1F}", "\u{7F}", "/", "é", "🔑", "\u{2028}", "</"]) }
            .joined()
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &generator)]
    }

    private mutating func maybe<Value>(_ make: (inout RandomReports) -> Value) -> Value? {
        Bool.random(using: &generator) ? make(&self) : nil
    }
}
