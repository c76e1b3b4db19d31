"""The checks: one story, in this order, of one house.

Each begins and ends with both locks unlocked and everything running.
"""

import asyncio
import json
import pathlib
import re
import signal
import time

import expected

FRONT = "lock.front_door"
EVENT = "event.front_door_event"
SIGNALS = ("sensor.front_door_bridge_wi_fi_signal", "sensor.front_door_bluetooth_signal")
ALL_WELL = {
    "lock__front_door": "unlocked",
    "lock__back_door": "unlocked",
    "sensor__front_door_battery": "82",
    "sensor__back_door_battery": "82",
    "binary_sensor__front_door_connectivity": "on",
    "binary_sensor__back_door_connectivity": "on",
    "binary_sensor__loqed_gateway_connectivity": "on",
}
STORY = []


def check(sentence, logged=()):
    """Adds a check; `logged` are patterns of what Home Assistant itself says above INFO when that happens."""

    def add(function):
        STORY.append((sentence, function, logged))
        return function

    return add


def equal(seen, wanted):
    """Fails with the entries that differ."""
    missing = [name for name in wanted if name not in seen]
    strange = [name for name in seen if name not in wanted]
    other = [f"{name}: {difference(seen[name], wanted[name])}" for name in wanted if name in seen and seen[name] != wanted[name]]
    assert not missing and not strange and not other, f"missing {missing}, not expected {strange}, different {other}"


def difference(seen, wanted):
    """What of it is not as wanted."""
    if not isinstance(seen, dict) or not isinstance(wanted, dict):
        return f"{seen}, not {wanted}"
    keys = [key for key in {**wanted, **seen} if seen.get(key, "nothing") != wanted.get(key, "nothing")]
    return ", ".join(f"{key} {seen.get(key, 'nothing')}, not {wanted.get(key, 'nothing')}" for key in keys)


async def devices(api):
    """Our devices in the registry."""
    listed = await api.call("config/device_registry/list")
    identifier = {d["id"]: name for d in listed for domain, name in d["identifiers"] if domain == "mqtt"}
    keys = ("name", "manufacturer", "model", "sw_version", "hw_version", "connections")
    return {
        identifier[d["id"]]: {**{key: d[key] for key in keys}, "via": identifier.get(d["via_device_id"])}
        for d in listed
        if d["id"] in identifier
    }


async def shows_these(api, wanted):
    """Returns once our devices in the registry are these; nothing tells when one changes."""
    for _ in range(100):
        if await devices(api) == wanted:
            return
        await asyncio.sleep(0.05)
    equal(await devices(api), wanted)


async def entities(api):
    """Our entities: what the registry says and what is shown."""
    listed = await api.call("config/entity_registry/list")
    return {
        e["unique_id"]: {
            "entity_id": e["entity_id"],
            "category": e["entity_category"],
            "disabled_by": e["disabled_by"],
            "state": api.state(e["entity_id"]),
            "attributes": api.states.get(e["entity_id"], {}).get("attributes"),
        }
        for e in listed
        if e["platform"] == "mqtt"
    }


async def shows(house, are_all_on=False):
    """Every entity is as it must be."""
    wanted = expected.entities(house.version, are_all_on)
    for entity in wanted.values():
        if entity["state"] not in (None, expected.ANY):
            await house.api.until(**{entity["entity_id"].replace(".", "__", 1): entity["state"]})
    seen = await entities(house.api)
    for name, entity in wanted.items():
        if entity["state"] == expected.ANY and name in seen:
            assert seen[name]["state"] not in (None, "unknown", "unavailable"), f"{name}: {seen[name]}"
            entity["state"] = seen[name]["state"]
    equal(seen, wanted)


@check("The devices of an earlier version become today's, and nothing of them is left over")
async def takes_over(house):
    api = house.api
    documents = json.loads((pathlib.Path(__file__).parent / "earlier-devices.json").read_text())
    for topic, document in documents.items():
        await house.publish(topic, json.dumps(document))
    await api.wait(lambda: api.state("lock.front_door") == "unavailable", "the earlier lock is there")
    earlier = await entities(api)
    assert "loqed_front_door_clock_skew" in earlier and "loqed_front_door_webhook_delay" in earlier, earlier
    await house.start_gateway()
    await api.until(**ALL_WELL)
    await api.wait(lambda: "sensor.front_door_webhook_delay" not in api.states, "what has moved is gone")


@check("Each lock is a device of its own, reached through its bridge's, and that through the gateway's")
async def shows_devices(house):
    await shows_these(house.api, expected.devices(house.version))


@check("Every entity has its id, category, class, unit and state, and those for experts are off at first")
async def shows_entities(house):
    await shows(house)


@check("Those for experts are right when they are turned on")
async def shows_all_entities(house):
    api = house.api
    for entity in (await entities(api)).values():
        if entity["disabled_by"]:
            await api.call("config/entity_registry/update", entity_id=entity["entity_id"], disabled_by=None)
    # It would load what was turned on by itself, but only half a minute later.
    await house.stop_home_assistant()
    await house.start_home_assistant()
    await house.api.until(**ALL_WELL)
    await shows(house, are_all_on=True)


@check("Its services move the lock, and it shows every step")
async def moves(house):
    api = house.api
    for service, steps, by in (
        ("lock.lock", ["locking", "locked"], "Gateway"),
        ("lock.unlock", ["unlocking", "unlocked"], "Gateway"),
        # The latch is let go by itself.
        ("lock.open", ["opening", "open", "unlocked"], "Automatic"),
    ):
        api.forget()
        await api.service(service, FRONT)
        await api.wait(lambda steps=steps: api.words(FRONT) == steps, f"{service}: {steps}")
        # Events have a topic of their own: the last one may come after the state.
        events = [{"open": "opened"}.get(step, step) for step in steps]
        await api.wait(lambda events=events: api.words(EVENT) == events, f"{service}: the events {events}")
        await api.until(sensor__front_door_last_command="confirmed", sensor__front_door_last_changed_by=by)
        command = {key: api.attribute("sensor.front_door_last_command", key) for key in ("command", "error", "attempts", "road")}
        assert command == {"command": service.split(".")[1].upper(), "error": None, "attempts": 1, "road": "local"}, command
        assert api.attribute("sensor.front_door_last_command", "id").startswith("ha-")
    report = await house.simulate("state")
    assert '"received":3' in report, report
    assert api.words("lock.back_door") == []
    assert api.state("sensor.back_door_last_command") == "unknown"
    assert api.state("sensor.front_door_bridge_webhook_path") == "proven"
    for sensor in ("webhook_delay", "clock_difference"):
        assert float(api.state(f"sensor.front_door_bridge_{sensor}")) < 5, api.state(f"sensor.front_door_bridge_{sensor}")


@check("What somebody does at the door is shown")
async def follows_hands(house):
    api = house.api
    api.forget()
    await house.simulate("touch")
    await api.wait(lambda: api.words(FRONT) == ["locking", "locked"], "a touch locks")
    await api.wait(lambda: api.words(EVENT) == ["locking", "locked"], "two events")
    assert api.attribute(EVENT, "raw_type") == "STATE_CHANGED_NIGHT_LOCK"
    assert api.attribute(EVENT, "cause") == "touch"
    await api.until(sensor__front_door_last_action="locked", sensor__front_door_last_changed_by="Touch")
    await house.simulate("by-hand unlock")
    await api.until(
        lock__front_door="unlocked",
        sensor__front_door_last_action="unlocked",
        sensor__front_door_last_changed_by="By hand",
    )
    await house.simulate("lock 1")
    await api.until(lock__front_door="locked", sensor__front_door_last_changed_by="Alice")
    await house.simulate("unlock 5")
    await api.until(lock__front_door="unlocked", sensor__front_door_last_changed_by="Key 5")
    # Low from 20 % down, well from 25 % up.
    for level, low in (("21", "off"), ("20", "on"), ("24", "on"), ("25", "off"), ("15", "on")):
        await house.simulate(f"battery {level}")
        await api.until(sensor__front_door_battery=level, binary_sensor__front_door_battery_low=low)
    for wire, shown in (("lithium", "Lithium"), ("alkaline", "Alkaline")):
        await house.simulate(f"battery-type {wire}")
        await api.until(sensor__front_door_battery_type=shown)
    await house.simulate("signal 55 66")
    await api.until(sensor__front_door_bridge_wi_fi_signal="55", sensor__front_door_bluetooth_signal="66")
    # Firmware of 2022 gave decibels. The first ones only change the unit.
    for unit, first, second in (("dBm", (-48, -59), (-47, -58)), ("%", (65, 72), (64, 71))):
        await house.simulate(f"signal {first[0]} {first[1]}")
        await api.wait(
            lambda: all(api.attribute(sensor, "unit_of_measurement") == unit for sensor in SIGNALS), f"strengths in {unit}"
        )
        assert all((api.attribute(sensor, "device_class") == "signal_strength") == (unit == "dBm") for sensor in SIGNALS)
        await house.simulate(f"signal {second[0]} {second[1]}")
        await api.wait(lambda: [api.state(sensor) for sensor in SIGNALS] == [str(s) for s in second], f"{second}")
    # A level of -1 is how the bridge says that the lock is gone.
    await house.simulate("battery -1")
    await api.until(
        sensor__front_door_battery="unknown",
        binary_sensor__front_door_battery_low="unknown",
        sensor__front_door_battery_voltage="unknown",
        sensor__front_door_bluetooth_signal="unknown",
        sensor__front_door_bridge_wi_fi_signal="64",
        sensor__front_door_command_road="none",
        binary_sensor__front_door_connectivity="off",
        binary_sensor__front_door_bridge_connectivity="on",
        lock__front_door=expected.unknown_lock(house.release),
    )
    await house.simulate("battery 82")
    await api.until(binary_sensor__front_door_battery_low="off", sensor__front_door_command_road="local", **ALL_WELL)
    await house.simulate("battery-type nickel_metal_hydride")
    await api.until(sensor__front_door_battery_type="Nickel-metal hydride")


@check("Automations can wait for each event of a lock, and start once for each")
async def triggers(house):
    api = house.api
    listed = await api.call("config/device_registry/list")
    device = next(d["id"] for d in listed if ["mqtt", "loqed_front_door"] in d["identifiers"])
    triggers = await api.call("device_automation/trigger/list", device_id=device)
    ours = [t for t in triggers if t["domain"] == "mqtt"]
    assert sorted(t["subtype"] for t in ours) == sorted(word.replace("_", " ") for word in expected.EVENTS), ours
    assert {t["type"] for t in ours} == {"reported"}, ours
    fired = []
    for trigger in ours:
        data = {key: trigger[key] for key in ("domain", "device_id", "type", "subtype")}
        await api.follow({"platform": "device", **data}, lambda subtype=trigger["subtype"]: fired.append(subtype))
    await api.service("lock.open", FRONT)
    await api.wait(lambda: fired == ["opening", "opened", "unlocked"], "it was opened, and the latch let go")
    await house.simulate("stall on")
    await api.service("lock.lock", FRONT)
    # A retained message would start them again.
    await api.wait(lambda: fired[3:] == ["locking", "jammed", "command failed", "unknown"], f"a jam, not {fired[3:]}")
    await api.until(sensor__front_door_last_command="failed", sensor__front_door_last_action="jammed")
    assert api.attribute("sensor.front_door_last_command", "error") == "jammed"
    await house.simulate("stall off")
    await house.simulate("by-hand unlock")
    await api.until(**ALL_WELL)


@check("Its button reads the lock's state at once")
async def refreshes(house):
    before = json.loads(await house.simulate("report"))["requests"].get("status", 0)
    await house.api.service("button.press", "button.front_door_refresh")
    for _ in range(100):
        after = json.loads(await house.simulate("report"))["requests"].get("status", 0)
        if after > before:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nothing was read")


@check("Its switch turns commands off: they are refused, that is shown, and nothing moves")
async def turns_commands_off(house):
    api = house.api
    before = json.loads(await house.simulate("state"))["commands"]["received"]
    await api.service("switch.turn_off", "switch.front_door_commands_enabled")
    await api.until(switch__front_door_commands_enabled="off")
    api.forget()
    await api.service("lock.lock", FRONT)
    await api.until(sensor__front_door_last_command="refused")
    assert api.attribute("sensor.front_door_last_command", "error") == "disabled"
    assert api.words(FRONT) == [] and api.state(FRONT) == "unlocked", api.words(FRONT)
    assert json.loads(await house.simulate("state"))["commands"]["received"] == before
    assert "loqed/front_door/commands_enabled/set" not in await house.retained("loqed/#")
    await api.service("switch.turn_on", "switch.front_door_commands_enabled")
    await api.until(switch__front_door_commands_enabled="on")
    await api.service("lock.lock", FRONT)
    await api.until(lock__front_door="locked", sensor__front_door_last_command="confirmed")
    await api.service("lock.unlock", FRONT)
    await api.until(**ALL_WELL)


@check("What may not be asked of a lock is refused, and that is shown")
async def refuses(house):
    """Home Assistant offers no opening here, but a message can ask for it."""
    api = house.api
    assert api.attribute("lock.back_door", "supported_features") == 0
    command = {"command": "OPEN", "id": f"test-{time.time_ns()}"}
    data = {"topic": "loqed/back_door/command", "payload": json.dumps(command)}
    await api.call("call_service", domain="mqtt", service="publish", service_data=data)
    await api.wait(lambda: api.attribute("sensor.back_door_last_command", "id") == command["id"], "there is a result")
    assert api.state("sensor.back_door_last_command") == "refused"
    assert api.attribute("sensor.back_door_last_command", "error") == "not_allowed"
    assert api.state("lock.back_door") == "unlocked"


@check("A jam is a jam, and afterwards an unknown lock is not shown as jammed")
async def jams(house):
    api = house.api
    await house.simulate("stall on")
    await api.service("lock.lock", FRONT)
    await api.until(lock__front_door="jammed")
    await house.simulate("refuse on")
    await api.until(lock__front_door=expected.unknown_lock(house.release), binary_sensor__front_door_connectivity="off")
    assert api.state("binary_sensor.back_door_connectivity") == "on"
    await house.simulate("stall off")
    await house.simulate("by-hand unlock")
    await house.simulate("refuse off")
    await api.until(**ALL_WELL)


@check("A lock whose bridge is gone is unknown, and comes back by itself")
async def loses_bridge(house):
    api = house.api
    api.forget()
    await house.simulate("refuse on")
    await api.until(
        lock__front_door=expected.unknown_lock(house.release),
        binary_sensor__front_door_connectivity="off",
        binary_sensor__front_door_bridge_connectivity="off",
        binary_sensor__front_door_problem="on",
        binary_sensor__back_door_problem="off",
        binary_sensor__loqed_gateway_problem="off",
        sensor__loqed_gateway_problems="1",
    )
    reason = api.attribute("binary_sensor.front_door_problem", "reason")
    # Home Assistant is cut off here, and so is the gateway.
    assert reason == "the bridge 127.0.0.1:8080 refuses connections, and the internet is gone", reason
    assert api.attribute("binary_sensor.front_door_problem", "remedy").startswith("bring the internet back")
    codes = [problem["code"] for problem in api.attribute("binary_sensor.front_door_problem", "problems")]
    assert codes == ["bridge_refused_without_internet"], codes
    await house.simulate("refuse off")
    await api.until(
        binary_sensor__front_door_bridge_connectivity="on",
        binary_sensor__front_door_problem="off",
        sensor__loqed_gateway_problems="0",
        **ALL_WELL,
    )
    assert api.words(FRONT) == [expected.unknown_lock(house.release), "unlocked"], api.words(FRONT)


@check("A gateway that was killed claims nothing, and the states are right again with the next one")
async def loses_gateway(house):
    await leaves(house, signal.SIGKILL)
    await house.simulate("by-hand lock")
    await house.start_gateway("night_lock")
    await house.api.until(**(ALL_WELL | {"lock__front_door": "locked"}))
    await house.api.service("lock.unlock", FRONT)
    await house.api.until(**ALL_WELL)


@check("So it is with a gateway that is stopped")
async def stops_gateway(house):
    await leaves(house, signal.SIGTERM)
    await house.start_gateway()
    await house.api.until(**ALL_WELL)


async def leaves(house, how):
    """The gateway ends, and everything but its own connection is unavailable."""
    await house.gateway.stop(how)
    gone = dict.fromkeys(ALL_WELL, "unavailable") | {"binary_sensor__loqed_gateway_connectivity": "off"}
    await house.api.until(**gone)


@check(
    "A broker that has lost everything gets everything again",
    logged=[r"homeassistant\.components\.mqtt\.client\] .*connection was lost", r"\[paho\.mqtt\.client\] failed to receive"],
)
async def restarts_broker(house):
    api = house.api
    await house.broker.stop()
    await api.until(lock__front_door="unavailable", sensor__front_door_battery="unavailable")
    await house.broker.start()
    # Home Assistant looks for the broker every ten seconds.
    await api.until(60, **ALL_WELL)
    await api.service("lock.lock", FRONT)
    await api.until(lock__front_door="locked")
    await api.service("lock.unlock", FRONT)
    await api.until(**ALL_WELL)


@check("Home Assistant has everything again after its restart, with the names that its owner gave")
async def restarts_home_assistant(house):
    # The broker has lost the last result, and the gateway of then is gone.
    await refuses(house)
    await house.api.call("config/entity_registry/update", entity_id=FRONT, name="Hall")
    before = await entities(house.api)
    await house.stop_home_assistant()
    await house.start_home_assistant()
    await house.api.until(**ALL_WELL)
    for name in before:
        entity = before[name]["entity_id"].replace(".", "__", 1)
        await house.api.until(**{entity: before[name]["state"]})
    equal(await entities(house.api), before)
    assert (await house.api.call("config/entity_registry/get", entity_id=FRONT))["name"] == "Hall"
    await shows_these(house.api, expected.devices(house.version))
    await house.api.call("config/entity_registry/update", entity_id=FRONT, name=None)
    await house.api.service("lock.lock", FRONT)
    await house.api.until(lock__front_door="locked")
    await house.api.service("lock.unlock", FRONT)
    await house.api.until(**ALL_WELL)


@check("A lock that leaves the configuration leaves Home Assistant and the broker")
async def loses_lock(house):
    api = house.api
    await house.gateway.stop()
    house.configure("front_door")
    await house.start_gateway()
    kept = {name: entity for name, entity in expected.entities(house.version).items() if "back" not in name}
    await api.wait(lambda: not any("back_door" in entity for entity in api.states), "the back door goes")
    await api.until(**{name: state for name, state in ALL_WELL.items() if "back" not in name})
    equal(dict.fromkeys(await entities(api)), dict.fromkeys(kept))
    equal(dict.fromkeys(await devices(api)), dict.fromkeys(["loqed_gateway", "loqed_front_door-bridge", "loqed_front_door"]))
    topics = await house.retained("loqed/#") + await house.retained("homeassistant/#")
    assert "loqed/front_door/state" in topics and not [topic for topic in topics if "back_door" in topic], topics


@check("And when it comes back, so do they")
async def regains_lock(house):
    await house.gateway.stop()
    house.configure("front_door", "back_door")
    await house.start_gateway()
    await house.api.until(**ALL_WELL)
    await shows_these(house.api, expected.devices(house.version))


@check("A lock that is given another name has it in Home Assistant, and keeps its ids and its user's names")
async def renames(house):
    api = house.api
    await api.call("config/entity_registry/update", entity_id="sensor.front_door_battery", name="Cells")
    await house.gateway.stop()
    house.names["front_door"] = "Main door"
    house.configure("front_door", "back_door")
    await house.start_gateway()
    await api.until(**ALL_WELL)
    await api.wait(lambda: api.attribute(FRONT, "friendly_name") == "Main door", "the lock has its new name")
    wanted = expected.devices(house.version)
    wanted["loqed_front_door"]["name"] = "Main door"
    wanted["loqed_front_door-bridge"]["name"] = "Main door bridge"
    await shows_these(api, wanted)
    # Since 2026 a name that the user gives stands alone, before it stood behind the device's.
    assert api.attribute("sensor.front_door_battery", "friendly_name") in ("Cells", "Main door Cells")
    await api.call("config/entity_registry/update", entity_id="sensor.front_door_battery", name=None)
    await house.gateway.stop()
    house.names["front_door"] = "Front door"
    house.configure("front_door", "back_door")
    await house.start_gateway()
    await api.until(**ALL_WELL)
    await api.wait(lambda: api.attribute(FRONT, "friendly_name") == "Front door", "the lock has its name again")
    await shows_these(api, expected.devices(house.version))


@check("A message with nothing in it, and one that was cleared, make everything unknown")
async def knows_nothing(house):
    """So it is with the documents of a gateway that did not yet have some key."""
    api = house.api
    await house.gateway.stop()
    topics = ["front_door/attributes", "front_door/command/result", "front_door/battery", "gateway/problem", "gateway/info"]
    watched = [
        e["entity_id"]
        for name, e in (await entities(api)).items()
        if re.search("front_door|gateway", name) and e["entity_id"].split(".")[0] in ("sensor", "binary_sensor")
        # Their topics say `online` or `offline`.
        and name not in ("loqed_gateway_connectivity", "loqed_front_door_connectivity")
    ]
    await house.publish("loqed/gateway/availability", "online")
    for payload in ("{}", "null", ""):
        for topic in topics:
            await house.publish(f"loqed/{topic}", "" if topic.endswith("battery") and payload else payload)
        try:
            # An object is no list of problems, but a count is a number.
            await api.wait(
                lambda: all(api.state(e) in ("unknown", "off", "0") for e in watched), f"nothing is known of {payload}"
            )
        except AssertionError as error:
            raise AssertionError(f"{error}: { {e: api.state(e) for e in watched} }") from None
    await house.start_gateway()
    await api.until(**ALL_WELL)


@check(
    "A device that its user deletes stays away until the gateway starts again",
    # Home Assistant clears the device's message once for each of its entities, and hears itself do so.
    logged=[r"No device components to cleanup for loqed_front_door", r"Unable to remove unknown dispatcher"],
)
async def deletes_device(house):
    api = house.api
    for identifier in ("loqed_front_door-bridge", "loqed_front_door"):
        listed = await api.call("config/device_registry/list")
        device = next(d["id"] for d in listed if ["mqtt", identifier] in d["identifiers"])
        if house.release >= (2026, 11):
            await api.call("config/device_registry/remove", device_id=device)
        else:
            await api.call("config/device_registry/remove_config_entry", device_id=device, config_entry_id="mqtt")
        if identifier.endswith("bridge"):
            # The lock hangs on the gateway then.
            wanted = expected.devices(house.version)
            del wanted[identifier]
            wanted["loqed_front_door"]["via"] = "loqed_gateway"
            await shows_these(api, wanted)
    await api.wait(lambda: FRONT not in api.states, "the lock goes")
    # With each connection Home Assistant says that it is there, and is told of all devices.
    await api.reload_mqtt()
    await api.until(**{name: state for name, state in ALL_WELL.items() if "front" not in name})
    await asyncio.sleep(7)
    left = ["loqed_gateway", "loqed_back_door-bridge", "loqed_back_door"]
    equal(dict.fromkeys(await devices(api)), dict.fromkeys(left))
    await house.gateway.stop()
    await house.start_gateway()
    await api.until(**ALL_WELL)
    await shows_these(api, expected.devices(house.version))


def unexpected(complaints, logged):
    return [line for line in complaints if not any(re.search(pattern, line) for pattern in logged)]
