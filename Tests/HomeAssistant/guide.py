"""What docs/home-assistant/README.md says, held against a real Home Assistant."""

import pathlib
import re

from blueprints import notifications
from checks import ALL_WELL, FRONT, check, entities

GUIDE = pathlib.Path("docs/home-assistant/README.md")


def prepare(house):
    """Makes the guide's way to lock a door a script, before Home Assistant starts."""
    actions = re.search(r"```yaml\nactions:\n(.*?)```", GUIDE.read_text(), re.DOTALL)[1]
    with open(house.config / "configuration.yaml", "a") as configuration:
        configuration.write(f"script:\n  loqed_lock:\n    sequence:\n{re.sub('(?m)^', '    ', actions).rstrip()}\n")


@check("The guide names every entity, and no other")
async def names_entities(house):
    tables = "".join(line for line in GUIDE.read_text().splitlines(keepends=True) if line.startswith("| `"))
    kinds = "lock|event|sensor|binary_sensor|button|switch"
    named = set(re.findall(rf"`((?:{kinds})\.[a-z_]+)`", tables))
    there = {entity["entity_id"] for entity in (await entities(house.api)).values()}
    there = {name for name in there if "back_door" not in name}
    assert named == there, f"missing {sorted(there - named)}, not there {sorted(named - there)}"


@check("The guide's way to lock a door tells when it is not locked")
async def locks_by_the_guide(house):
    api = house.api
    await api.until(**ALL_WELL)
    told = "The front door is jammed, and not known to be locked."
    await house.simulate("stall on")
    await api.service("script.turn_on", "script.loqed_lock")
    await api.wait(lambda: api.state(FRONT) == "jammed", "the lock jams")
    await api.wait(lambda: api.state("script.loqed_lock") == "off", "the script ends")
    assert told in [message for _, message in await notifications(api)]
    await house.simulate("stall off")
    await house.simulate("by-hand unlock")
    await api.until(**ALL_WELL)
    before = await notifications(api)
    await api.service("script.turn_on", "script.loqed_lock")
    await api.wait(lambda: api.state(FRONT) == "locked", "the lock locks")
    await api.wait(lambda: api.state("script.loqed_lock") == "off", "the script ends")
    assert await notifications(api) == before
    await house.simulate("by-hand unlock")
    await api.until(**ALL_WELL)
