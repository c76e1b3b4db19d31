import LockDomain

extension HomeAssistantDevice {
    /// The lock entity.
    ///
    /// Home Assistant always offers to lock and to unlock; only opening can be left out. A verb that the configuration
    /// does not allow is sent all the same, refused here, and the result says so. Sending something else in its place,
    /// or nothing, would leave nobody the wiser.
    static func lockComponent(of lock: LockListing, in layout: TopicLayout) -> HomeAssistantComponent {
        var options: [String: JSONValue] = [
            // The entity is called like the device.
            "name": .null,
            "availability": availability(of: lock.id, in: layout),
            "availability_mode": "all",
            "state_topic": .text(layout.state(of: lock.id)),
            "command_topic": .text(layout.command(of: lock.id)),
            "command_template": .text(commandTemplate),
            "payload_lock": JSONValue(LockAction.lock),
            "payload_unlock": JSONValue(LockAction.unlock),
            "optimistic": false,
            "retain": false,
            // Known from 2026.6 on, ignored before.
            "message_expiry_interval": commandExpiry,
        ]
        if lock.allowedActions.contains(.open) { options["payload_open"] = JSONValue(LockAction.open) }
        // Home Assistant's own words are upper case, and it passes over any other without a sound.
        for state in LockState.allCases {
            options[state == .unknown ? "payload_reset" : "state_\(state.rawValue)"] = JSONValue(state)
        }
        return HomeAssistantComponent(.lock, .lock, options: options)
    }

    /// For how long the broker may keep a command of Home Assistant's for a gateway that is away, in seconds.
    static var commandExpiry: JSONValue { .number(Int(LockPolicy().deadline(of: .lock).components.seconds)) }

    /// When the lock entity is available: while the gateway runs, and, before 2025.12, while the state is known.
    ///
    /// Up to the first releases of 2025.10, `payload_reset` forgets only whether the bolt is locked: an unknown lock
    /// that was jammed, open or moving before goes on being shown so. No state message can clear that but `unlocked`,
    /// and that would be a lie about a door, so there an unknown lock is unavailable. A template cannot ask for the
    /// release, but it can ask for a filter that came soon after the mend: `clamp`, in 2025.12.
    private static func availability(of lock: LockID, in layout: TopicLayout) -> JSONValue {
        [
            ["topic": .text(layout.gatewayAvailability)],
            [
                "topic": .text(layout.state(of: lock)),
                "value_template": "{{ 'offline' if value == 'unknown' and 'clamp' is not filter else 'online' }}",
            ],
        ]
    }

    /// Gives each command an id of its own and the time it was made, so that a late or repeated one is refused.
    ///
    /// The id is the time in microseconds, less than it takes Home Assistant to make one command. All that is put in is
    /// made by Home Assistant or chosen here: nothing needs escaping.
    private static let commandTemplate = """
        {"command":"{{ value }}",\
        "id":"ha-{{ utcnow().strftime('%Y%m%dT%H%M%S%f') }}",\
        "issued_at":"{{ utcnow().isoformat() }}"}
        """
}
