"""What Home Assistant's Supervisor accepts of an app, as far as ours uses it.

Written after `supervisor/apps/validate.py`, `supervisor/apps/options.py` and `supervisor/validate.py` of
home-assistant/supervisor (commit 279166047b25001f00efea2226f8c10d5ded6f79) and the page
https://developers.home-assistant.io/docs/apps/configuration. Stricter in three points: a key that the Supervisor would drop
without a word is a mistake here, so is a form of an option that it deprecates, and so are lengths of texts, such as
`str(1,64)`: the Supervisor compares the text itself with the number, and refuses every value.
"""

import re

import voluptuous as vol

ELEMENT = re.compile(
    r"(?:bool|email|url|port|str|password|device(?:\(subsystem=[a-z]+\))?"
    r"|int(?:\((?:-?\d+)?,(?:-?\d+)?\))?|float(?:\((?:-?\d*\.?\d+)?,(?:-?\d*\.?\d+)?\))?"
    r"|match\((?P<pattern>.*)\)|list\((?P<choices>.+)\))\??")


def element(value):
    found = ELEMENT.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise vol.Invalid(f"is no type of an option: {value}")
    if found["pattern"]:
        re.compile(found["pattern"])
    return value


options_schema = vol.Schema({str: vol.Any(element, [vol.Any(element, {str: element})], {str: element})})

port = vol.All(int, vol.Range(min=1, max=65535))
image = vol.Match(r"^([a-zA-Z\-\.:\d{}]+/)*?([\-\w{}]+)/([\-\w{}]+)$")
version = vol.All(str, vol.Match(r"^\d+\.\d+\.\d+([-+].+)?$"))

config = vol.Schema({
    vol.Required("name"): str,
    vol.Required("version"): version,
    vol.Required("slug"): vol.Match(r"^[-_.A-Za-z0-9]+$"),
    vol.Required("description"): str,
    vol.Required("arch"): vol.All([vol.In(["aarch64", "amd64"])], vol.Length(min=1), vol.Unique()),
    "url": vol.Url(),
    "homeassistant": version,
    "stage": vol.In(["stable", "experimental", "deprecated"]),
    "startup": vol.In(["initialize", "system", "services", "application", "once"]),
    "boot": vol.In(["auto", "manual", "manual_only"]),
    "host_network": bool,
    "services": [vol.Match(r"^(mqtt|mysql):(provide|want|need)$")],
    "watchdog": vol.Match(r"^(?:https?|\[PROTO:\w+\]|tcp):\/\/\[HOST\]:(\[PORT:\d+\]|\d+).*$"),
    "tmpfs": bool,
    "map": [{
        vol.Required("type"): vol.In([
            "data", "ssl", "addons", "backup", "share", "media", "homeassistant_config", "all_addon_configs",
            "addon_config"]),
        "read_only": bool,
        "path": vol.All(str, vol.Length(min=2)),
    }],
    "timeout": vol.All(int, vol.Range(min=10, max=300)),
    "image": image,
    "options": dict,
    "schema": options_schema,
})

translation = vol.Schema({
    vol.Required("name"): str,
    "description": str,
    "fields": {str: vol.Self},
})
translations = vol.Schema({"configuration": {str: translation}, "network": {str: str}})

repository = vol.Schema({vol.Required("name"): str, "url": vol.Url(), "maintainer": str})


def check_options(schema, given):
    """Says what the Supervisor would say of options that somebody gives; raises `vol.Invalid`, or returns nothing."""
    if isinstance(schema, list):
        if not isinstance(given, list):
            raise vol.Invalid("is no list")
        for item in given:
            check_options(schema[0], item)
    elif isinstance(schema, dict):
        if not isinstance(given, dict):
            raise vol.Invalid("is no mapping")
        for key, value in given.items():
            if key not in schema:
                raise vol.Invalid(f"{key} would be dropped")
            check_options(schema[key], value)
        for key in set(schema) - set(given):
            wanted = schema[key][0] if isinstance(schema[key], list) else schema[key]
            if not (isinstance(wanted, str) and wanted.endswith("?")):
                raise vol.Invalid(f"{key} is missing")
    else:
        kind, _, rest = schema.rstrip("?").partition("(")
        limits = [int(part) if part else None for part in rest.rstrip(")").split(",")] if kind == "int" and rest else []
        {
            "str": lambda: vol.Schema(str), "password": lambda: vol.Schema(str), "bool": lambda: vol.Schema(bool),
            "url": lambda: vol.Url(), "port": lambda: port,
            "int": lambda: vol.All(int, vol.Range(min=limits[0], max=limits[1]) if limits else int),
            "match": lambda: vol.Match(rest[:-1]),
            "list": lambda: vol.In(rest[:-1].split("|")),
        }[kind]()(given)
