"""Prints what Home Assistant would install at its start: run it with Home Assistant's own Python."""

import json
import pathlib

from homeassistant import bootstrap

COMPONENTS = pathlib.Path(bootstrap.__file__).parent / "components"
# MQTT imports the supervisor's part, also where there is no supervisor.
LOADED = {"mqtt", "hassio", "lock", "sensor", "binary_sensor", "event", "button", "switch", "config", "isal"}
# Listens to voices; its requirements must be compiled, and nothing here speaks.
LEFT_OUT = {"assist_pipeline"}


def manifests(domains):
    """The manifests of these and of all that they depend on."""
    found, waiting = {}, set(domains)
    while waiting:
        domain = waiting.pop()
        path = COMPONENTS / domain / "manifest.json"
        if domain in LEFT_OUT or domain in found or not path.exists():
            continue
        found[domain] = json.loads(path.read_text())
        waiting |= set(found[domain].get("dependencies", []))
    return found.values()


for requirement in sorted({r for m in manifests(LOADED | bootstrap.DEFAULT_INTEGRATIONS) for r in m.get("requirements", [])}):
    print(requirement)
