import LockDomain

/// The whole report on a lock, for people, templates and support. Every key is always there.
struct AttributesDocument: Encodable {
    struct Evidence: Encodable {
        let source: String
        let time: Timestamp
    }

    struct LastKnown: Encodable {
        let state: OrNull<String>
        let time: OrNull<Timestamp>
        let battery: OrNull<Int>
        let battery_time: OrNull<Timestamp>
    }

    struct Battery: Encodable {
        let level: OrNull<Int>
        let voltage: OrNull<Double>
        let type: OrNull<String>
    }

    struct Signal: Encodable {
        let wifi: OrNull<Int>
        let bluetooth: OrNull<Int>
    }

    struct Bridge: Encodable {
        let kind: OrNull<String>
        let mac: OrNull<String>
    }

    struct LastAction: Encodable {
        let event: String
        let raw_type: OrNull<String>
        let cause: String
        let key_id: OrNull<Int>
        let key_name: OrNull<String>
        let time: Timestamp
    }

    struct Stale: Encodable {
        /// The state is unknown, but an earlier one is in `last_known`.
        let state: Bool
        let battery: Bool
    }

    let state: String
    let bolt_state: String
    let evidence: OrNull<Evidence>
    let last_known: LastKnown
    let stale: Stale
    let connectivity: String
    let offline_reason: OrNull<String>
    let road: String
    let battery: Battery
    let signal: Signal
    let bridge: Bridge
    let webhook_path: String
    let last_action: OrNull<LastAction>
    /// Our clock less the bridge's; 0 while they agree to a few seconds, null before the first signed webhook.
    let clock_skew_seconds: OrNull<Int64>

    init(_ report: LockReport) {
        state = report.state.rawValue
        bolt_state = report.state.bolt.rawValue
        evidence = OrNull(report.evidence.map { Evidence(source: $0.source.rawValue, time: Timestamp($0.time)) })
        last_known = LastKnown(
            state: OrNull(report.lastKnownState?.state.rawValue),
            time: OrNull((report.lastKnownState?.time).map(Timestamp.init)),
            battery: OrNull(report.lastKnownBattery?.level),
            battery_time: OrNull((report.lastKnownBattery?.time).map(Timestamp.init))
        )
        stale = Stale(
            state: report.state == .unknown && report.lastKnownState != nil,
            battery: report.battery.level == nil && report.lastKnownBattery != nil
        )
        switch report.connectivity {
        case .online:
            connectivity = "online"
            offline_reason = OrNull(nil)
        case .offline(let reason):
            connectivity = "offline"
            offline_reason = OrNull(reason.rawValue)
        }
        road = report.road.rawValue
        battery = Battery(
            level: OrNull(report.battery.level),
            voltage: OrNull(report.battery.voltage),
            type: OrNull(report.battery.type?.rawValue)
        )
        signal = Signal(wifi: OrNull(report.signal.wifi), bluetooth: OrNull(report.signal.bluetooth))
        bridge = Bridge(kind: OrNull(report.bridgeKind?.rawValue), mac: OrNull(report.bridgeMAC))
        webhook_path = report.webhookPath.rawValue
        last_action = OrNull(
            report.lastAction.map {
                LastAction(
                    event: $0.event.rawValue,
                    raw_type: OrNull($0.rawType),
                    cause: $0.cause.rawValue,
                    key_id: OrNull(($0.key?.rawValue).map(Int.init)),
                    key_name: OrNull($0.keyName),
                    time: Timestamp($0.time)
                )
            }
        )
        clock_skew_seconds = OrNull(report.clockSkew?.components.seconds)
    }
}
