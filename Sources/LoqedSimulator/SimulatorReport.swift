import LockDomain
import LoqedWire

extension BridgeSimulator {
    /// The state of the simulation in short, as JSON.
    package func describe() -> String {
        let device = snapshot
        return JSONText.object([
            ("battery", .number(device.battery)),
            ("bolt", .text(device.bolt.rawValue)),
            ("commands", device.counters.commands),
            ("kind", .text(device.kind.rawValue)),
            ("online", .flag(device.isOnline)),
            ("webhooks", .number(device.webhooks.count)),
        ]).text()
    }

    /// Everything that can be known of the simulation, as JSON.
    package func report() -> String {
        let device = snapshot
        let counters = device.counters
        let requests = counters.requests.map { ($0.key.rawValue, $0.value) }
        let actions = counters.validByAction.map { ($0.key.rawValue.lowercased(), $0.value) }
        return JSONText.object([
            ("battery", .number(device.battery)),
            ("bolt", .text(device.bolt.rawValue)),
            ("booted_at", .number(Int(device.bootedAt))),
            ("commands", counters.commands),
            ("commands_by_action", .numbers(Dictionary(uniqueKeysWithValues: actions))),
            (
                "deliveries",
                .numbers([
                    "delivered": counters.webhooks.delivered, "failed": counters.webhooks.failed,
                    "lost": counters.webhooks.lost, "to_foreign": foreignDeliveries, "under_way": device.undelivered,
                ])
            ),
            ("kind", .text(device.kind.rawValue)),
            ("movements", .list(device.movements.map(\.json))),
            ("online", .flag(device.isOnline)),
            ("port", .text(device.port.rawValue)),
            ("requests", .numbers(Dictionary(uniqueKeysWithValues: requests))),
            ("speed", .decimal("\(device.speed)")),
            ("status_shows", .text(device.shownBolt.rawValue)),
            ("webhooks", .number(device.webhooks.count)),
        ]).text()
    }
}

extension SimulatedDevice.Counters {
    fileprivate var commands: JSONText {
        .numbers([
            "bad_signature": badSignature, "malformed": malformed, "received": received, "relay": relay,
            "repeated": repeated, "stale": stale, "unknown_key": unknownKey, "valid": valid,
            "while_offline": whileOffline,
        ])
    }
}

extension SimulatedDevice.Movement {
    fileprivate var json: JSONText {
        .object([
            ("event", .text(event)), ("from", .text(from.rawValue)),
            ("key", key.map { .number(Int($0.rawValue)) } ?? .null), ("outcome", .text(outcome.rawValue)),
            ("target", .text(target.rawValue)),
        ])
    }
}
