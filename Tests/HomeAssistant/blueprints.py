"""The blueprints of docs/home-assistant, as automations of a real Home Assistant."""

import asyncio
import contextlib
import datetime
import json
import pathlib
import shutil
import urllib.request

import expected
from checks import ALL_WELL, EVENT, FRONT, check

SOURCE = pathlib.Path("docs/home-assistant/blueprints")
FOLDER = "loqed-gateway"
NAMES = {
    "battery-low.yaml": "LOQED: battery low",
    "command-failed.yaml": "LOQED: command failed",
    "jammed.yaml": "LOQED: jammed",
    "left-unlocked-at-night.yaml": "LOQED: not locked at night",
    "who-came-home.yaml": "LOQED: who came home",
}
SECOND = {"seconds": 1}
ALWAYS = {"night_begins": "00:00:00", "night_ends": "23:59:59", "unlocked_for": SECOND, "unknown_for": SECOND}


def prepare(house):
    """Puts the files where a user has them, before Home Assistant starts."""
    folder = house.config / "blueprints" / "automation" / FOLDER
    folder.mkdir(parents=True)
    for path in SOURCE.glob("*.yaml"):
        shutil.copy(path, folder)
    with open(house.config / "configuration.yaml", "a") as configuration:
        configuration.write("automation: !include automations.yaml\npersistent_notification:\n")
    (house.config / "automations.yaml").write_text("[]\n")


def clock(seconds):
    """The time of day so many seconds from now."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%H:%M:%S")


class Listener:
    """What automations say, by their names."""

    def __init__(self, house):
        self._house = house
        self._names = []
        self.said = []

    async def listen(self):
        await self._house.api.listen("loqed_test", lambda data: self.said.append((data["from"], data["message"])))

    async def add(self, name, path, actions=("actions",), **inputs):
        """An automation from a blueprint; its actions tell us, and those named in `actions` only."""
        said = {"event": "loqed_test", "event_data": {"from": name, "message": "{{ message }}"}}
        inputs |= {action: [said] for action in actions}
        document = {"alias": f"loqed {name}", "use_blueprint": {"path": f"{FOLDER}/{path}", "input": inputs}}
        await self._ask("POST", name, document)
        self._names.append(name)
        entity = f"automation.loqed_{name}"
        await self._house.api.wait(lambda: self._house.api.state(entity) == "on", f"{entity} is on")

    async def hears(self, name, message):
        await self._house.api.wait(lambda: (name, message) in self.said, f"{name}: {message}, not {self.said}")

    def of(self, name):
        return [message for speaker, message in self.said if speaker == name]

    async def end(self):
        while self._names:
            await self._ask("DELETE", self._names.pop())

    async def _ask(self, method, name, document=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:8123/api/config/automation/config/{name}",
            method=method,
            data=None if document is None else json.dumps(document).encode(),
            headers={"Authorization": f"Bearer {self._house.token}", "Content-Type": "application/json"},
        )
        answer = await asyncio.to_thread(lambda: urllib.request.urlopen(request, timeout=20).read())
        assert json.loads(answer) == {"result": "ok"}, answer


@contextlib.asynccontextmanager
async def automations(house):
    listener = Listener(house)
    await listener.listen()
    try:
        yield listener
    finally:
        await listener.end()


async def received(house):
    """How many commands the lock got."""
    return json.loads(await house.simulate("state"))["commands"]["received"]


@check("Home Assistant takes every blueprint")
async def takes_blueprints(house):
    listed = await house.api.call("blueprint/list", domain="automation")
    ours = {path.removeprefix(f"{FOLDER}/"): entry for path, entry in listed.items() if path.startswith(FOLDER)}
    assert {path: entry.get("metadata", entry)["name"] for path, entry in ours.items()} == NAMES, ours
    for entry in ours.values():
        # What has no default must be chosen: nothing but the entity that it is about.
        inputs = entry["metadata"]["input"]
        assert len([name for name, given in inputs.items() if "default" not in given]) == 1, inputs


@check("Left unlocked at night: it tells, at night only, and locks only what is known to be unlocked")
async def tells_of_unlocked(house):
    api = house.api
    night = "left-unlocked-at-night.yaml"
    async with automations(house) as heard:
        await heard.add("night", night, lock=FRONT, **ALWAYS)
        day = {**ALWAYS, "night_begins": clock(7200), "night_ends": clock(10800)}
        await heard.add("day", night, lock=FRONT, lock_again=True, **day)
        await heard.add("open_door", night, lock=FRONT, lock_again=True, door="binary_sensor.not_there", **ALWAYS)
        # It has been unlocked for long when the night begins.
        begins = {**ALWAYS, "night_begins": clock(7), "night_ends": clock(3600)}
        await heard.add("begins", night, lock=FRONT, **begins)
        await heard.hears("begins", "Front door is unlocked at night.")
        await api.service("lock.lock", FRONT)
        await api.until(lock__front_door="locked")
        before = await received(house)
        await house.simulate("by-hand unlock")
        await heard.hears("night", "Front door is unlocked at night.")
        unlocked = "Front door is unlocked at night, and was not locked because its door is not known to be closed."
        await heard.hears("open_door", unlocked)
        # Nobody knows: told, and not moved.
        await house.simulate("refuse on")
        state = expected.unknown_lock(house.release)
        await heard.hears("night", f"Nobody knows whether Front door is locked: its state is {state}.")
        await heard.add("again", night, lock=FRONT, lock_again=True, **ALWAYS)
        await house.simulate("refuse off")
        await api.until(lock__front_door="unlocked")
        await heard.hears("again", "Front door was unlocked at night and has been locked.")
        await api.until(lock__front_door="locked")
        assert await received(house) == before + 1, "one command, of the one that may"
        assert heard.of("day") == [], heard.of("day")
    await house.simulate("by-hand unlock")
    await api.until(**ALL_WELL)


@check("A lock that may be locked again is not touched while nobody knows where it stands")
async def leaves_unknown(house):
    api = house.api
    async with automations(house) as heard:
        before = await received(house)
        await heard.add("again", "left-unlocked-at-night.yaml", lock=FRONT, lock_again=True, **ALWAYS)
        await house.simulate("refuse on")
        state = expected.unknown_lock(house.release)
        await heard.hears("again", f"Nobody knows whether Front door is locked: its state is {state}.")
        await heard.end()
        await house.simulate("refuse off")
        await api.until(**ALL_WELL)
        assert await received(house) == before


@check("Jammed: it tells, and tells again when that is over")
async def tells_of_jam(house):
    api = house.api
    async with automations(house) as heard:
        await heard.add("jam", "jammed.yaml", lock=FRONT, actions=("actions", "actions_after"))
        await heard.add("silent", "jammed.yaml", lock=FRONT, actions=())
        await house.simulate("stall on")
        await api.service("lock.lock", FRONT)
        await heard.hears("jam", "Front door is jammed. Its bolt may stand anywhere: go and look.")
        notes = await notifications(api)
        assert ("Front door", "Front door is jammed. Its bolt may stand anywhere: go and look.") in notes, notes
        await house.simulate("stall off")
        await house.simulate("by-hand unlock")
        await heard.hears("jam", "Front door is no longer jammed: it is unlocked.")
        assert len(heard.said) == 2, heard.said
    await api.until(sensor__front_door_last_command="failed", **ALL_WELL)


async def notifications(api):
    """What Home Assistant shows by itself, if nothing else was chosen."""
    listed = await api.call("persistent_notification/get")
    return [(note["title"], note["message"]) for note in listed]


@check("Battery low: it tells once, reminds, and does not call unknown low")
async def tells_of_battery(house):
    api = house.api
    battery = {"battery_low": "binary_sensor.front_door_battery_low", "battery": "sensor.front_door_battery"}
    low = "The batteries are low: 15 %. Replace all of them."
    async with automations(house) as heard:
        far = {"remind_at": clock(7200)}
        await heard.add("battery", "battery-low.yaml", silent_for=SECOND, **battery, **far)
        await heard.add("well", "battery-low.yaml", silent_for={"hours": 1}, **{**battery, "remind_at": clock(5)})
        await house.simulate("battery 82")
        await asyncio.sleep(5.5)
        assert heard.said == [], "there is nothing to be reminded of"
        await house.simulate("battery 15")
        await heard.hears("battery", low)
        await heard.hears("well", low)
        await heard.add("reminder", "battery-low.yaml", silent_for={"hours": 1}, **{**battery, "remind_at": clock(5)})
        await heard.hears("reminder", low)
        await house.simulate("battery -1")
        await api.until(binary_sensor__front_door_battery_low="unknown")
        silent = "Nothing is known of this battery any more: it may be empty, or its bridge or the gateway is away."
        await heard.hears("battery", silent)
        await house.simulate("battery 82")
        await api.until(binary_sensor__front_door_battery_low="off")
        assert heard.of("battery") == [low, silent] and heard.of("well") == [low], heard.said
    await api.until(**ALL_WELL)


@check("Who came home: people with keys, and nobody after a restart")
async def tells_who_came(house):
    who = "who-came-home.yaml"
    heard = Listener(house)
    await heard.listen()
    await heard.add("who", who, event=EVENT)
    await heard.add("bob", who, event=EVENT, people=["Bob", "Key 5"])
    await heard.add("left", who, event=EVENT, event_types=["locked"])
    api = house.api
    await api.service("lock.lock", FRONT)
    await api.until(lock__front_door="locked")
    await house.simulate("by-hand unlock")
    await api.until(lock__front_door="unlocked")
    await house.simulate("lock 1")
    await heard.hears("left", "Alice locked Front door.")
    await house.simulate("unlock 5")
    await heard.hears("who", "Key 5 unlocked Front door.")
    await house.simulate("lock 1")
    await api.until(lock__front_door="locked")
    await house.simulate("unlock 1")
    await heard.hears("who", "Alice unlocked Front door.")
    assert heard.of("who") == ["Key 5 unlocked Front door.", "Alice unlocked Front door."], heard.said
    assert heard.of("bob") == ["Key 5 unlocked Front door."], heard.said
    assert heard.of("left") == ["Alice locked Front door."] * 2, heard.said

    # The last event and the last command are shown again after restarts, and are no news.
    await heard.add("command", "command-failed.yaml", last_command="sensor.front_door_last_command")
    heard.said.clear()
    await house.gateway.stop()
    await api.until(lock__front_door="unavailable")
    await house.start_gateway()
    await api.until(**ALL_WELL)
    await house.stop_home_assistant()
    await house.start_home_assistant()
    await heard.listen()
    await house.api.until(**ALL_WELL)
    await house.simulate("lock 1")
    await heard.hears("left", "Alice locked Front door.")
    assert heard.said == [("left", "Alice locked Front door.")], heard.said
    await heard.end()
    await house.simulate("by-hand unlock")
    await house.api.until(**ALL_WELL)


@check("Command failed: it tells of each, and why")
async def tells_of_failure(house):
    api = house.api
    refused = "Front door: LOCK was not carried out (refused): commands are switched off."
    async with automations(house) as heard:
        await heard.add("failed", "command-failed.yaml", last_command="sensor.front_door_last_command")
        await heard.add("some", "command-failed.yaml", last_command="sensor.front_door_last_command", statuses=["failed"])
        await api.service("switch.turn_off", "switch.front_door_commands_enabled")
        await api.until(switch__front_door_commands_enabled="off")
        for count in (1, 2):
            await api.service("lock.lock", FRONT)
            await api.wait(lambda: heard.of("failed") == [refused] * count, f"{count} refused, not {heard.said}")
        await api.service("switch.turn_on", "switch.front_door_commands_enabled")
        await api.until(switch__front_door_commands_enabled="on")
        await api.service("lock.lock", FRONT)
        await api.until(lock__front_door="locked", sensor__front_door_last_command="confirmed")
        await house.simulate("stall on")
        await api.service("lock.unlock", FRONT)
        jammed = "Front door: UNLOCK was not carried out (failed): the lock is jammed."
        await heard.hears("failed", jammed)
        await heard.hears("some", jammed)
        assert heard.of("failed") == [refused, refused, jammed] and heard.of("some") == [jammed], heard.said
    await house.simulate("stall off")
    await house.simulate("by-hand unlock")
    await api.until(**ALL_WELL)
