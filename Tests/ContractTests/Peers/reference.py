"""Writes the tables of docs/mqtt.md from docs/schema.

usage: reference.py SCHEMAS DOCUMENT [--update]
  A line `<!-- table of NAME -->` in the document is followed by the table of that file, and that by `<!-- end -->`.
Ends with 1 when a table is not what the schemas say, and names it; --update writes them.
"""

import json
import pathlib
import re
import sys


def kind(schema, definitions):
    """What a value may be, in short."""
    if "$ref" in schema:
        schema = {**definitions[schema["$ref"].rsplit("/", 1)[1]], **schema}
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind(part, definitions) for part in schema["anyOf"]))
    if "enum" in schema:
        words = [word for word in schema["enum"] if word is not None]
        return "word" + (" or null" if len(words) < len(schema["enum"]) else "")
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if schema.get("format") == "date-time":
        names = ["time" if name == "string" else name for name in names]
    if "minimum" in schema and "maximum" in schema:
        limits = f" {schema['minimum']} to {schema['maximum']}"
        names = [name + limits if name in ("integer", "number") else name for name in names]
    names = ["text" if name == "string" else "list" if name == "array" else name for name in names]
    return " or ".join(names)


def words(name, schema, description):
    """The words, unless the description names them all itself."""
    known = [word for word in schema.get("enum", []) if word is not None]
    missing = [word for word in known if f"`{word}`" not in description]
    if missing and len(missing) < len(known):
        raise ValueError(f"{name}: the description names some words, but not {', '.join(missing)}")
    return f" One of {', '.join(f'`{word}`' for word in missing)}." if missing else ""


def rows(schema, definitions, prefix=""):
    for name in schema["properties"]:
        value = schema["properties"][name]
        described = value.get("description", "")
        yield f"| `{prefix}{name}` | {kind(value, definitions)} | {described}{words(prefix + name, value, described)} |"
        inner = value
        if value.get("type") == "array" and "$ref" in value["items"]:
            inner = definitions[value["items"]["$ref"].rsplit("/", 1)[1]]
        if "properties" in inner:
            suffix = "[]." if value.get("type") == "array" else "."
            yield from rows(inner, definitions, f"{prefix}{name}{suffix}")


def keys(schema):
    inner = schema["items"] if schema["type"] == "array" else schema
    yield "| key | value | meaning |"
    yield "|---|---|---|"
    yield from rows(inner, schema.get("$defs", {}))


def topics(contract):
    yield "| topic | retained | payload |"
    yield "|---|---|---|"
    for entry in contract["topics"]:
        payload = entry["payload"]
        parts = [", ".join(f"`{word}`" for word in payload["words"])] if "words" in payload else []
        if "schema" in payload:
            name = payload["schema"]
            title = name.replace(".schema.json", "").replace("-", " ")
            parts.append(f"JSON: [{title}](schema/{name})")
        if "pattern" in payload:
            parts.append("`0` to `100`, or `unknown`")
        retained = entry["retained"]
        if entry.get("not_retained_for"):
            retained += f", but for `{entry['not_retained_for']}`"
        if entry["expires_after_seconds"]:
            retained += f", for {entry['expires_after_seconds']} s"
        name = entry["topic"].replace("<response topic>", "the response topic of a command")
        name = name if name.startswith("the ") else f"`{name}`"
        direction = "in: " if entry["direction"] == "in" else ""
        yield f"| {name} | {retained} | {direction}{' or '.join(parts) or 'anything'} |"


def main():
    folder, document = map(pathlib.Path, sys.argv[1:3])
    text = document.read_text(encoding="utf-8")
    wrong = []

    def table(match):
        content = json.loads((folder / match[1]).read_text(encoding="utf-8"))
        lines = topics(content) if "topics" in content else keys(content)
        written = f"<!-- table of {match[1]} -->\n" + "\n".join(lines) + "\n<!-- end -->"
        if written != match[0]:
            wrong.append(match[1])
        return written

    mended = re.sub(r"<!-- table of (\S+) -->\n(?:.*\n)*?<!-- end -->", table, text)
    # gateway.schema.json is of the configuration, not of a message.
    names = {file.name for file in folder.iterdir()} - {"gateway.schema.json"}
    missing = sorted(name for name in names if f"<!-- table of {name} -->" not in text)
    if "--update" in sys.argv[3:]:
        document.write_text(mended, encoding="utf-8")
        wrong = []
    for name in missing:
        print(f"{document} has no table of {name}")
    for name in wrong:
        print(f"{document}: the table of {name} is not what the schema says; write it by {sys.argv[0]} --update")
    return 1 if wrong or missing else 0


if __name__ == "__main__":
    sys.exit(main())
