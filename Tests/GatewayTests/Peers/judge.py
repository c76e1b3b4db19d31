"""Judges configurations as an editor does: by docs/schema/gateway.schema.json, with readers that are none of ours.

usage: judge.py SCHEMA FILES
  FILES  a folder; every file in it is judged
Prints a line for each file, by name: its name, a tab, `good` or what is wrong. Ends with 65 when the schema is wrong itself.
"""

import json
import pathlib
import sys

import jsonschema
import yaml


def as_json(value):
    """With text for keys, as JSON has it."""
    if isinstance(value, dict):
        return {str(key): as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    return value


def verdict(validator, file):
    try:
        document = as_json(yaml.safe_load(file.read_bytes()))
    except yaml.YAMLError as error:
        return f"not YAML: {error}"
    faults = sorted(validator.iter_errors(document), key=lambda fault: list(map(str, fault.absolute_path)))
    return "; ".join(f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}" for fault in faults) or "good"


def main():
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        jsonschema.Draft7Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        print(error, file=sys.stderr)
        return 65
    validator = jsonschema.Draft7Validator(schema)
    for file in sorted(pathlib.Path(sys.argv[2]).iterdir()):
        print(file.name, " ".join(verdict(validator, file).split()), sep="\t")
    return 0


sys.exit(main())
