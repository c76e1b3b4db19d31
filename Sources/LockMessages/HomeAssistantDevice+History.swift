import LockDomain

// What happened to a lock, who did it, and what became of the last command.

extension HomeAssistantDevice {
    static func historyComponents(of lock: LockID, in layout: TopicLayout) -> [HomeAssistantComponent] {
        [
            eventComponent(of: lock, in: layout), lastActionComponent(of: lock, in: layout),
            lastActionTimeComponent(of: lock, in: layout), lastChangedByComponent(of: lock, in: layout),
            lastCommandComponent(of: lock, in: layout),
        ] + LockOccurrence.Word.allCases.map { HomeAssistantComponent(trigger: $0, of: lock, in: layout) }
    }

    /// Every event, with all that its message says as attributes.
    private static func eventComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .event,
            .event,
            options: [
                "name": "Event",
                "icon": "mdi:door-closed-lock",
                "event_types": .list(LockOccurrence.Word.allCases.map { JSONValue($0) }),
                "state_topic": .text(layout.event(of: lock)),
            ]
        )
    }

    private static func lastActionComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        // `unknown` is Home Assistant's own word, so it cannot be an option.
        let words = LockOccurrence.Word.allCases.filter(\.isAction).map(\.rawValue)
        return HomeAssistantComponent(
            .sensor,
            .lastAction,
            options: [
                "name": "Last action",
                "icon": "mdi:history",
                "device_class": "enum",
                "options": .list(words.map(JSONValue.text)),
                "state_topic": .text(layout.attributes(of: lock)),
                "value_template": .text(
                    HomeAssistantTemplate.word(HomeAssistantTemplate.path("last_action", "event"), outOf: words)
                ),
            ]
        )
    }

    private static func lastActionTimeComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .sensor,
            .lastActionTime,
            options: [
                "name": "Last action time",
                "device_class": "timestamp",
                "state_topic": .text(layout.attributes(of: lock)),
                "value_template": .text(HomeAssistantTemplate.value("last_action", "time")),
            ]
        )
    }

    /// Who did it: the name of the key, else its number, else how it was done without one.
    private static func lastChangedByComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        let causes: [(word: String, text: String)] = [
            (Cause.byHand.rawValue, "By hand"), (Cause.twist.rawValue, "By hand"), (Cause.touch.rawValue, "Touch"),
            (Cause.pin.rawValue, "PIN pad"), (Cause.button.rawValue, "Button"), (Cause.remote.rawValue, "Remote"),
            (Cause.auto.rawValue, "Automatic"), (Cause.gateway.rawValue, "Gateway"),
        ]
        let template = """
            {% set key = \(HomeAssistantTemplate.path("last_action", "key_id")) %}\
            {% set name = \(HomeAssistantTemplate.path("last_action", "key_name")) %}\
            {% set cause = \(HomeAssistantTemplate.path("last_action", "cause")) %}\
            {{ name[:255] if name else 'Key %s' % key if key is not none \
            else \(HomeAssistantTemplate.dictionary(causes)).get(cause) }}
            """
        return HomeAssistantComponent(
            .sensor,
            .lastChangedBy,
            options: [
                "name": "Last changed by",
                "icon": "mdi:account-key",
                "state_topic": .text(layout.attributes(of: lock)),
                "value_template": .text(template),
                "json_attributes_topic": .text(layout.attributes(of: lock)),
                "json_attributes_template": .text(
                    "{{ (\(HomeAssistantTemplate.document)).last_action | default({}, true) | to_json }}"
                ),
            ]
        )
    }

    /// Where the last command stands; everything else about it is in the attributes.
    private static func lastCommandComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        let words = [
            "received", "sending", "sent", "accepted", "confirmed", "failed", "expired", "superseded", "refused",
        ]
        return HomeAssistantComponent(
            .sensor,
            .lastCommand,
            options: [
                "name": "Last command",
                "icon": "mdi:remote",
                "device_class": "enum",
                "entity_category": "diagnostic",
                "options": .list(words.map(JSONValue.text)),
                "state_topic": .text(layout.commandResult(of: lock)),
                "value_template": .text(HomeAssistantTemplate.word(HomeAssistantTemplate.path("status"), outOf: words)),
                "json_attributes_topic": .text(layout.commandResult(of: lock)),
                "json_attributes_template": .text("{{ \(HomeAssistantTemplate.document) | to_json }}"),
            ]
        )
    }
}

extension LockOccurrence.Word {
    /// Whether it is something that was done to the bolt.
    fileprivate var isAction: Bool {
        switch self {
        case .locked, .unlocked, .opened, .locking, .unlocking, .opening, .jammed: true
        case .unknown, .commandFailed, .online, .offline, .unexpectedOwnKey: false
        }
    }
}
