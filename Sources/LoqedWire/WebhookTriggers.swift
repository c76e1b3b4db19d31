/// Which events a bridge sends to a target: a bitmap of nine, lowest bit first (LOQED's article on the local bridge API).
package struct WebhookTriggers: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let reachedOpen = WebhookTriggers(rawValue: 1)
    package static let reachedLatch = WebhookTriggers(rawValue: 2)
    package static let reachedNightLock = WebhookTriggers(rawValue: 4)
    package static let reachedUnknown = WebhookTriggers(rawValue: 8)
    package static let goingToOpen = WebhookTriggers(rawValue: 16)
    package static let goingToLatch = WebhookTriggers(rawValue: 32)
    package static let goingToNightLock = WebhookTriggers(rawValue: 64)
    package static let battery = WebhookTriggers(rawValue: 128)
    package static let onlineStatus = WebhookTriggers(rawValue: 256)
    package static let all = WebhookTriggers(rawValue: 511)

    /// The JSON fields, in the order of the bits.
    static let fields: [(trigger: WebhookTriggers, name: String)] = [
        (.reachedOpen, "trigger_state_changed_open"),
        (.reachedLatch, "trigger_state_changed_latch"),
        (.reachedNightLock, "trigger_state_changed_night_lock"),
        (.reachedUnknown, "trigger_state_changed_unknown"),
        (.goingToOpen, "trigger_state_goto_open"),
        (.goingToLatch, "trigger_state_goto_latch"),
        (.goingToNightLock, "trigger_state_goto_night_lock"),
        (.battery, "trigger_battery"),
        (.onlineStatus, "trigger_online_status"),
    ]

    /// The members `"trigger_…":1,…` of a JSON object.
    var members: String {
        Self.fields.map { "\"\($0.name)\":\(contains($0.trigger) ? 1 : 0)" }.joined(separator: ",")
    }

    /// The names of those that are on, as LOQED has them, without the `trigger_` in front.
    package var names: [String] {
        Self.fields.filter { contains($0.trigger) }.map { String($0.name.dropFirst("trigger_".count)) }
    }

    /// Reads the nine fields; a missing one is off.
    init(fields object: [String: JSONValue]) {
        self = Self.fields.reduce(into: []) { triggers, field in
            if object[field.name]?.bool == true { triggers.insert(field.trigger) }
        }
    }
}
