"""Holds messages against docs/schema, by a validator that is none of ours.

usage: check.py SCHEMAS MESSAGES
  SCHEMAS   the folder with topics.json and the schemas
  MESSAGES  a file with an object on each line: topic, payload (text), retained, expiry (seconds or null), qos;
            a key that is null is not looked at, but for expiry when `exact` is true. `as` names another topic of the
            contract that this one stands for.
Prints a line for each fault: the number of the message, a tab, what is wrong. Ends with 0, also with faults; with 65
when a schema is wrong itself.
"""

import datetime
import json
import pathlib
import re
import sys

import jsonschema

formats = jsonschema.FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def is_time(value):
    """A day and a second that exist; the form is the pattern's business."""
    if isinstance(value, str):
        # A year 0 exists for RFC 3339 and not for Python.
        datetime.datetime.fromisoformat(re.sub(r"^0000", "2000", re.sub(r"\.\d+", "", value.upper())))
    return True


def objects(schema, path=()):
    """All parts of a schema that describe something, with their paths."""
    if isinstance(schema, dict):
        if "properties" in schema or "description" in schema:
            yield path, schema
        for name, part in schema.items():
            # These restrict what is described elsewhere.
            if name not in ("allOf", "anyOf", "if", "then", "else"):
                yield from objects(part, (*path, name))


def see_that_it_is_strict(name, schema):
    """Every key known, required (but in what people send) and described."""
    if not all(schema.get(key) for key in ("$id", "title", "description")):
        raise ValueError(f"{name}: has no $id, title or description")
    for path, part in objects(schema):
        properties = part.get("properties", {})
        if not properties:
            continue
        place = f"{name} {'/'.join(path)}"
        if part.get("additionalProperties") is not False:
            raise ValueError(f"{place}: takes additional properties")
        if name != "command.schema.json" and sorted(part["required"]) != sorted(properties):
            raise ValueError(f"{place}: not every key is required")
        for key, value in properties.items():
            if "description" not in value:
                raise ValueError(f"{place}: {key} is not described")


class Contract:
    def __init__(self, folder):
        self.validators = {}
        for file in sorted(folder.glob("*.schema.json")):
            if file.name == "gateway.schema.json":
                # Of the configuration, not of a message.
                continue
            schema = json.loads(file.read_text(encoding="utf-8"))
            jsonschema.Draft202012Validator.check_schema(schema)
            see_that_it_is_strict(file.name, schema)
            self.validators[file.name] = jsonschema.Draft202012Validator(schema, format_checker=formats)
        self.topics = json.loads((folder / "topics.json").read_text(encoding="utf-8"))["topics"]

    def entry(self, topic):
        for entry in self.topics:
            pattern = re.escape(entry["topic"]).replace("<lock>", "(?!gateway/)[a-z0-9_]{1,64}")
            if topic == entry["topic"] or re.fullmatch(pattern, topic):
                return entry
        return None

    def faults(self, message):
        entry = self.entry(message.get("as") or message["topic"])
        if entry is None:
            return [f"{message['topic']} is not in the contract"]
        payload = message["payload"]
        if payload is None:
            return ["the payload is not UTF-8"]
        if payload == "" and entry["retained"] == "yes":
            return [] if message.get("retained") is not False else ["an empty message that is not retained"]
        return list(self.delivery(entry, message)) + list(self.content(entry, payload))

    def delivery(self, entry, message):
        retained = entry["retained"] == "yes"
        if entry.get("not_retained_for") and f'"error":"{entry["not_retained_for"]}"' in message["payload"]:
            retained = False
        if message.get("retained") not in (None, retained):
            yield f"retained: {message['retained']}"
        if message.get("qos") not in (None, entry["qos"]):
            yield f"QoS {message['qos']}"
        expiry, most = message.get("expiry"), entry["expires_after_seconds"]
        if message.get("exact") and expiry != most:
            yield f"expires after {expiry}, not {most}"
        if expiry is not None and (most is None or not 0 < expiry <= most):
            yield f"expires after {expiry}, not {most}"

    def content(self, entry, payload):
        kinds = entry["payload"]
        if not kinds:
            return
        is_in = entry["direction"] == "in"
        # What people send may have blanks around it, and any mixture of cases.
        word = payload.strip(" \t\r\n") if is_in else payload
        if is_in and word.isascii() and word.upper() in [known.upper() for known in kinds.get("words", [])]:
            return
        if not is_in and word in kinds.get("words", []):
            return
        if "pattern" in kinds:
            if not re.fullmatch(kinds["pattern"], payload):
                yield f"{payload!r} does not match {kinds['pattern']}"
            return
        if "schema" not in kinds:
            yield f"{payload!r} is not one of {kinds['words']}"
            return
        try:
            value = json.loads(payload)
        except ValueError as error:
            yield f"not JSON: {error}"
            return
        for error in self.validators[kinds["schema"]].iter_errors(value):
            place = "".join(f"[{part!r}]" for part in error.absolute_path)
            yield f"{kinds['schema']}{place}: {error.message}"
        # The same in the bytes of another writer: sorted, no blanks, each key once.
        if not is_in and payload != json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False):
            yield "not the one way to write it"


def main():
    folder, messages = map(pathlib.Path, sys.argv[1:])
    try:
        contract = Contract(folder)
    except (jsonschema.SchemaError, ValueError) as error:
        print(f"{folder}: {error}", file=sys.stderr)
        return 65
    with open(messages, encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            for fault in contract.faults(json.loads(line)):
                print(number, " ".join(fault.split()), sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main())
