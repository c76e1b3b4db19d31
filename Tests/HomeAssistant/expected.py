"""What Home Assistant must show, word for word."""

LOCKS = {"front_door": ("Front door", "a0:b1:c2:d3:e4:f1"), "back_door": ("Back door", "a0:b1:c2:d3:e4:f2")}
EVENTS = ["locked", "unlocked", "opened", "locking", "unlocking", "opening", "jammed"]
EVENTS += ["unknown", "command_failed", "online", "offline", "unexpected_own_key"]
STATUSES = ["received", "sending", "sent", "accepted", "confirmed", "failed", "expired", "superseded", "refused"]


def devices(version):
    """The devices by their identifier; `via` is the identifier of the device that one is reached through."""
    gateway = {"manufacturer": "loqed-gateway", "model": "MQTT gateway", "sw_version": version, "via": None}
    table = {"loqed_gateway": {"name": "LOQED gateway", "hw_version": None, "connections": [], **gateway}}
    for lock, (name, mac) in LOCKS.items():
        ours = {"manufacturer": "LOQED", "sw_version": None}
        table[f"loqed_{lock}-bridge"] = {
            "name": f"{name} bridge",
            "model": "Bridge",
            "hw_version": "ESP32",
            "connections": [["mac", mac]],
            "via": "loqed_gateway",
            **ours,
        }
        table[f"loqed_{lock}"] = {
            "name": name,
            "model": "Touch Smart Lock",
            "hw_version": None,
            "connections": [],
            "via": f"loqed_{lock}-bridge",
            **ours,
        }
    return table


def entities(version, are_all_on=False):
    """The entities by their unique id, as they are before the first message of a lock.

    Those for experts are off until their user turns them on.
    """
    table = gateway_entities(version)
    for lock, (name, _) in LOCKS.items():
        # 1: it can be opened.
        table |= lock_entities(lock, name, 1 if lock == "front_door" else 0) | bridge_entities(lock, f"{name} bridge")
    for entry in table.values():
        entry["disabled_by"] = "integration" if entry.pop("expert") and not are_all_on else None
        if entry["disabled_by"]:
            entry |= {"state": None, "attributes": None}
    return table


def entity(entity_id, category, state, name, expert=False, **attributes):
    return {
        "entity_id": entity_id,
        "category": category,
        "state": state,
        "attributes": {"friendly_name": name, **attributes},
        "expert": expert,
    }


def diagnostic(entity_id, state, name, **more):
    return entity(entity_id, "diagnostic", state, name, **more)


def number(unit):
    return {"state_class": "measurement", "unit_of_measurement": unit}


NO_PROBLEM = {"device_class": "problem", "reason": None, "remedy": None, "problems": []}
ANY = "anything"


def gateway_entities(version):
    def ours(thing, domain, state, name, **more):
        key = f"loqed_gateway_{thing}"
        return {key: diagnostic(f"{domain}.{key}", state, f"LOQED gateway {name}", **more)}

    return {
        **ours("connectivity", "binary_sensor", "on", "Connectivity", device_class="connectivity"),
        **ours("problem", "binary_sensor", "off", "Problem", **NO_PROBLEM),
        **ours(
            "problems",
            "sensor",
            "0",
            "Problems",
            icon="mdi:alert-circle-outline",
            state_class="measurement",
            problems=[],
        ),
        **ours("version", "sensor", version, "Version", icon="mdi:tag-outline"),
        **ours("started", "sensor", ANY, "Started", device_class="timestamp", expert=True),
        **ours("mqtt_version", "sensor", "5", "MQTT version", icon="mdi:protocol", expert=True),
    }


def bridge_entities(lock, name):
    def ours(thing, domain, state, shown, **more):
        return {f"loqed_{lock}-bridge_{thing}": diagnostic(f"{domain}.{lock}_bridge_{thing}", state, f"{name} {shown}", **more)}

    seconds = {"device_class": "duration", **number("s"), "expert": True}
    return {
        **ours("connectivity", "binary_sensor", "on", "Connectivity", device_class="connectivity"),
        **ours("wi_fi_signal", "sensor", "64", "Wi-Fi signal", icon="mdi:wifi", **number("%"), expert=True),
        **ours(
            "webhook_path",
            "sensor",
            "unproven",
            "Webhook path",
            icon="mdi:webhook",
            device_class="enum",
            options=["proven", "unproven"],
        ),
        **ours("webhook_delay", "sensor", "unknown", "Webhook delay", icon="mdi:timer-outline", **seconds),
        **ours("clock_difference", "sensor", "unknown", "Clock difference", icon="mdi:clock-alert-outline", **seconds),
    }


def lock_entities(lock, name, features):
    def ours(thing, domain, category, state, shown, **more):
        return {f"loqed_{lock}_{thing}": entity(f"{domain}.{lock}_{thing}", category, state, f"{name} {shown}", **more)}

    def fact(thing, domain, state, shown, **more):
        return ours(thing, domain, "diagnostic", state, shown, **more)

    return {
        f"loqed_{lock}_lock": entity(f"lock.{lock}", None, "unlocked", name, supported_features=features),
        **ours(
            "event",
            "event",
            None,
            "unknown",
            "Event",
            icon="mdi:door-closed-lock",
            event_type=None,
            event_types=EVENTS,
        ),
        **ours(
            "last_action",
            "sensor",
            None,
            "unknown",
            "Last action",
            icon="mdi:history",
            device_class="enum",
            options=EVENTS[:7],
        ),
        **ours("last_action_time", "sensor", None, "unknown", "Last action time", device_class="timestamp"),
        **ours(
            "last_changed_by",
            "sensor",
            None,
            "unknown",
            "Last changed by",
            icon="mdi:account-key",
            **dict.fromkeys(["event", "raw_type", "cause", "key_id", "key_name", "time"]),
        ),
        **fact(
            "last_command",
            "sensor",
            "unknown",
            "Last command",
            icon="mdi:remote",
            device_class="enum",
            options=STATUSES,
        ),
        **fact("battery", "sensor", "82", "Battery", device_class="battery", **number("%")),
        **fact("battery_low", "binary_sensor", "off", "Battery low", device_class="battery"),
        **fact("battery_voltage", "sensor", "10.46", "Battery voltage", device_class="voltage", **number("V")),
        **fact(
            "battery_type",
            "sensor",
            "Nickel-metal hydride",
            "Battery type",
            icon="mdi:battery-heart-variant",
            device_class="enum",
            options=["Alkaline", "Nickel-metal hydride", "Lithium"],
        ),
        **fact("connectivity", "binary_sensor", "on", "Connectivity", device_class="connectivity"),
        **fact("problem", "binary_sensor", "off", "Problem", **NO_PROBLEM),
        **fact(
            "command_road",
            "sensor",
            "local",
            "Command road",
            icon="mdi:routes",
            device_class="enum",
            options=["local", "cloud", "none"],
        ),
        **fact("bluetooth_signal", "sensor", "71", "Bluetooth signal", icon="mdi:bluetooth", **number("%"), expert=True),
        **fact("refresh", "button", "unknown", "Refresh", icon="mdi:refresh"),
        **ours(
            "commands_enabled",
            "switch",
            "config",
            "on",
            "Commands enabled",
            icon="mdi:lock-check-outline",
        ),
    }


def unknown_lock(release):
    """How a lock is shown of which nobody knows the state.

    Before 2025.10 Home Assistant cannot be told to forget that a lock was jammed or moving, and before 2025.12 the
    gateway cannot tell which of the two it speaks to: there such a lock is unavailable.
    """
    return "unknown" if release >= (2025, 12) else "unavailable"
