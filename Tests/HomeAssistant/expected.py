"""What Home Assistant must show, word for word."""

def devices(version):
    """The devices by their identifier; `via` is the identifier of the device that one is reached through."""
    lock = {"manufacturer": "LOQED", "model": "Touch Smart Lock", "sw_version": None, "via": "loqed_gateway"}
    gateway = {"manufacturer": "loqed-gateway", "model": "MQTT gateway", "sw_version": version, "via": None}
    return {
        "loqed_gateway": {"name": "LOQED gateway", **gateway},
        "loqed_front_door": {"name": "Front door", **lock},
        "loqed_back_door": {"name": "Back door", **lock},
    }


def entities(release, version):
    """The entities by their unique id, as they are before the first message of a lock."""
    table = {
        "loqed_gateway_connectivity": connectivity("LOQED gateway", "binary_sensor.loqed_gateway_connectivity"),
        "loqed_gateway_version": {
            "entity_id": "sensor.loqed_gateway_version",
            "category": "diagnostic",
            "state": version,
            "attributes": {"friendly_name": "LOQED gateway Version", "icon": "mdi:tag-outline"},
        },
    }
    for lock, name, features in (("front_door", "Front door", 1), ("back_door", "Back door", 0)):
        # Before 2025.10 Home Assistant takes the id of an entity from its name.
        skew = "clock_skew" if release >= (2025, 10) else "clock_difference"
        table |= {
            f"loqed_{lock}_lock": {
                "entity_id": f"lock.{lock}",
                "category": None,
                "state": "unlocked",
                # 1: it can be opened.
                "attributes": {"friendly_name": name, "supported_features": features},
            },
            f"loqed_{lock}_battery": {
                "entity_id": f"sensor.{lock}_battery",
                "category": "diagnostic",
                "state": "82",
                "attributes": {
                    "friendly_name": f"{name} Battery",
                    "device_class": "battery",
                    "state_class": "measurement",
                    "unit_of_measurement": "%",
                },
            },
            f"loqed_{lock}_connectivity": connectivity(name, f"binary_sensor.{lock}_connectivity"),
            f"loqed_{lock}_clock_skew": seconds(
                f"{name} Clock difference", f"sensor.{lock}_{skew}", "mdi:clock-alert-outline"
            ),
            f"loqed_{lock}_webhook_delay": seconds(
                f"{name} Webhook delay", f"sensor.{lock}_webhook_delay", "mdi:timer-outline"
            ),
        }
    return table


def connectivity(name, entity):
    return {
        "entity_id": entity,
        "category": "diagnostic",
        "state": "on",
        "attributes": {"friendly_name": f"{name} Connectivity", "device_class": "connectivity"},
    }


def seconds(name, entity, icon):
    return {
        "entity_id": entity,
        "category": "diagnostic",
        "state": "unknown",
        "attributes": {
            "friendly_name": name,
            "device_class": "duration",
            "state_class": "measurement",
            "unit_of_measurement": "s",
            "icon": icon,
        },
    }


def unknown_lock(release):
    """How a lock is shown of which nobody knows the state.

    Before 2025.10 Home Assistant cannot be told to forget that a lock was jammed or moving, and before 2025.12 the
    gateway cannot tell which of the two it speaks to: there such a lock is unavailable.
    """
    return "unknown" if release >= (2025, 12) else "unavailable"
