package import LockDomain

/// All that is known about a lock, for people and templates.
///
/// Every key is always there; null means not known, so `value_json.last_action.key_name` is safe at any time. Times are
/// RFC 3339 in UTC. There is no time of writing: equal reports give equal bytes.
///
/// | key | value |
/// |---|---|
/// | `state` | the word on the state topic |
/// | `bolt_state` | LOQED's word for the position that the state claims: `night_lock`, `day_lock`, `open`, `unknown` |
/// | `evidence` | what the state rests on: `source` (`webhook`, `status`, …) and `time` |
/// | `last_known` | what was last true, not what is: `state` at `time`, `battery` percent at `battery_time` |
/// | `stale` | `state`, `battery`: true when the present value is not known but `last_known` has an old one |
/// | `connectivity` | `online` or `offline` |
/// | `offline_reason` | `starting`, `lock_offline` or `bridge_unreachable` |
/// | `road` | by which road a command would go now: `local`, `cloud`, `none` |
/// | `battery` | `level` in percent, `voltage` of the pack, `type`, `low` (from 20 % down; until 25 % is reached again) |
/// | `signal` | `wifi` of the bridge, `bluetooth` to the lock, in the bridge's own unit |
/// | `bridge` | `kind` (`esp32`, `shelly`) and `mac` |
/// | `webhook_path` | `proven` or `unproven` |
/// | `last_action` | the last movement: `event`, `raw_type`, `cause`, `key_id`, `key_name`, `time` |
/// | `clock_skew_seconds` | our clock less the bridge's; 0 while the difference is of no account |
/// | `webhook_delay` | seconds from the bridge to us: `last`, `median`, `longest` of the latest; `count` of all since start; refused ones: `refused_late`, `refused_skewed` |
package struct AttributesDocument {
    private let report: LockReport

    package init(_ report: LockReport) { self.report = report }

    package var json: JSONValue {
        [
            "state": JSONValue(report.state),
            "bolt_state": JSONValue(report.state.bolt),
            "evidence": [
                "source": JSONValue(report.evidence?.source),
                "time": JSONValue(report.evidence?.time),
            ],
            "last_known": lastKnown,
            "stale": stale,
            "connectivity": report.connectivity.isOnline ? "online" : "offline",
            "offline_reason": JSONValue(offlineReason),
            "road": JSONValue(report.road),
            "battery": battery,
            "signal": [
                "wifi": JSONValue(report.signal.wifi),
                "bluetooth": JSONValue(report.signal.bluetooth),
            ],
            "bridge": [
                "kind": JSONValue(report.bridgeKind),
                "mac": JSONValue(report.bridgeMAC.flatMap(HardwareAddress.init)?.description),
            ],
            "webhook_path": JSONValue(report.webhookPath),
            "last_action": lastAction,
            "clock_skew_seconds": JSONValue(report.clockSkew.map { Int($0.components.seconds) }),
            "webhook_delay": webhookDelay,
        ]
    }

    private var webhookDelay: JSONValue {
        let delays = report.webhookDelays
        return [
            "last": seconds(delays?.last),
            "median": seconds(delays?.median),
            "longest": seconds(delays?.longest),
            "count": .number(delays?.count ?? 0),
            "refused_late": .number(delays?.refusedLate ?? 0),
            "refused_skewed": .number(delays?.refusedSkewed ?? 0),
        ]
    }

    /// To a tenth: stamps have whole seconds.
    private func seconds(_ duration: Duration?) -> JSONValue {
        guard let duration else { return .null }
        let (whole, rest) = duration.components
        let tenths = min(max(whole, 0), 1_000_000_000) * 10 + rest / 100_000_000_000_000_000
        return .thousandths(Int(tenths) * 100)
    }

    private var lastKnown: JSONValue {
        [
            "state": JSONValue(report.lastKnownState?.state),
            "time": JSONValue(report.lastKnownState?.time),
            "battery": JSONValue(report.lastKnownBattery?.level),
            "battery_time": JSONValue(report.lastKnownBattery?.time),
        ]
    }

    private var stale: JSONValue {
        [
            "state": .flag(report.state == .unknown && report.lastKnownState != nil),
            "battery": .flag(report.battery.publishedLevel == nil && report.lastKnownBattery != nil),
        ]
    }

    private var offlineReason: OfflineReason? {
        switch report.connectivity {
        case .online: nil
        case .offline(let reason): reason
        }
    }

    private var battery: JSONValue {
        [
            "level": JSONValue(report.battery.publishedLevel),
            "voltage": report.battery.publishedMillivolts.map(JSONValue.thousandths) ?? .null,
            "type": JSONValue(report.battery.type),
            "low": isBatteryLow.map(JSONValue.flag) ?? .null,
        ]
    }

    /// Not known whenever the level is not.
    private var isBatteryLow: Bool? {
        report.battery.publishedLevel == nil ? nil : report.lastKnownBattery?.isLow
    }

    private var lastAction: JSONValue {
        let action = report.lastAction
        return [
            "event": JSONValue(action?.event),
            "raw_type": JSONValue(action?.rawType),
            "cause": JSONValue(action?.cause),
            "key_id": JSONValue(action?.key.map { Int($0.rawValue) }),
            "key_name": JSONValue(action?.keyName),
            "time": JSONValue(action?.time),
        ]
    }
}
