"""The checks: one story, in this order, of one house.

Each begins and ends with both locks unlocked and everything running.
"""

import re
import signal

import expected

FRONT = "lock.front_door"
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
    other = [f"{name}: {seen[name]}, not {wanted[name]}" for name in wanted if name in seen and seen[name] != wanted[name]]
    assert not missing and not strange and not other, f"missing {missing}, not expected {strange}, different {other}"


async def devices(api):
    """Our devices in the registry."""
    listed = await api.call("config/device_registry/list")
    identifier = {d["id"]: name for d in listed for domain, name in d["identifiers"] if domain == "mqtt"}
    keys = ("name", "manufacturer", "model", "sw_version")
    return {
        identifier[d["id"]]: {**{key: d[key] for key in keys}, "via": identifier.get(d["via_device_id"])}
        for d in listed
        if d["id"] in identifier
    }


async def entities(api):
    """Our entities: what the registry says and what is shown."""
    listed = await api.call("config/entity_registry/list")
    return {
        e["unique_id"]: {
            "entity_id": e["entity_id"],
            "category": e["entity_category"],
            "state": api.state(e["entity_id"]),
            "attributes": api.states.get(e["entity_id"], {}).get("attributes"),
        }
        for e in listed
        if e["platform"] == "mqtt"
    }


@check("Each lock is a device of its own, reached through the gateway's")
async def shows_devices(house):
    await house.api.until(**ALL_WELL)
    equal(await devices(house.api), expected.devices(house.version))


@check("Every entity has its id, category, class, unit and state")
async def shows_entities(house):
    await house.api.until(sensor__loqed_gateway_version=house.version)
    equal(await entities(house.api), expected.entities(house.release, house.version))


@check("Its services move the lock, and it shows every step")
async def moves(house):
    api = house.api
    for service, steps in (
        ("lock.lock", ["locking", "locked"]),
        ("lock.unlock", ["unlocking", "unlocked"]),
        # The latch is let go by itself.
        ("lock.open", ["opening", "open", "unlocked"]),
    ):
        api.forget()
        await api.service(service, FRONT)
        await api.wait(lambda steps=steps: api.words(FRONT) == steps, f"{service}: {steps}")
    report = await house.simulate("state")
    assert '"received":3' in report, report
    assert api.words("lock.back_door") == []


@check("What somebody does at the door is shown")
async def follows_hands(house):
    api = house.api
    api.forget()
    await house.simulate("touch")
    await api.wait(lambda: api.words(FRONT) == ["locking", "locked"], "a touch locks")
    await house.simulate("by-hand unlock")
    await api.until(lock__front_door="unlocked")
    await house.simulate("battery 15")
    await api.until(sensor__front_door_battery="15")
    # A level of -1 is how the bridge says that the lock is gone.
    await house.simulate("battery -1")
    await api.until(
        sensor__front_door_battery="unknown",
        binary_sensor__front_door_connectivity="off",
        lock__front_door=expected.unknown_lock(house.release),
    )
    await house.simulate("battery 82")
    await api.until(**ALL_WELL)


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
    await api.until(lock__front_door=expected.unknown_lock(house.release), binary_sensor__front_door_connectivity="off")
    await house.simulate("refuse off")
    await api.until(**ALL_WELL)
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
    equal(await devices(house.api), expected.devices(house.version))
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
    kept = {name: entity for name, entity in expected.entities(house.release, house.version).items() if "back" not in name}
    await api.wait(lambda: not any("back_door" in entity for entity in api.states), "the back door goes")
    await api.until(**{name: state for name, state in ALL_WELL.items() if "back" not in name})
    equal(dict.fromkeys(await entities(api)), dict.fromkeys(kept))
    equal(dict.fromkeys(await devices(api)), dict.fromkeys(["loqed_gateway", "loqed_front_door"]))
    topics = await house.retained("loqed/#") + await house.retained("homeassistant/#")
    assert "loqed/front_door/state" in topics and not [topic for topic in topics if "back_door" in topic], topics


@check("And when it comes back, so do they")
async def regains_lock(house):
    await house.gateway.stop()
    house.configure("front_door", "back_door")
    await house.start_gateway()
    await house.api.until(**ALL_WELL)
    equal(await devices(house.api), expected.devices(house.version))


def unexpected(complaints, logged):
    return [line for line in complaints if not any(re.search(pattern, line) for pattern in logged)]
