"""Checks a value against the part of JSON Schema 2020-12 that `tests/schemas` uses.

It reports every violation with its place; it leaves reading files to `golden.py`. A keyword that
it does not know is an error, so that no rule of a schema is silently skipped.
"""

import re

TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
}
SILENT = {"$schema", "$id", "$defs", "title", "description"}
KNOWN = SILENT | {
    "$ref", "type", "const", "enum", "pattern", "minimum", "maximum", "minLength", "minItems", "maxItems",
    "minProperties", "items", "properties", "required", "additionalProperties", "propertyNames", "oneOf", "anyOf", "if",
    "then"}


def violations(value, schema, root, at="$"):
    """Every way in which `value` breaks `schema`, as lines of text."""
    if isinstance(schema, bool):
        return [] if schema else [f"{at}: not allowed"]
    unknown = schema.keys() - KNOWN
    if unknown:
        raise ValueError(f"the checker does not know {sorted(unknown)}")
    found = []
    if "$ref" in schema:
        target = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        found += violations(value, target, root, at)
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(TYPES[name](value) for name in names):
            return found + [f"{at}: is not {' or '.join(names)}"]
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    for word in ("oneOf", "anyOf"):
        if word in schema:
            results = [violations(value, each, root, at) for each in schema[word]]
            fitting = sum(not result for result in results)
            if fitting == 0 or (word == "oneOf" and fitting > 1):
                shortest = min(results, key=len)
                found.append(f"{at}: fits {fitting} of {word} ({'; '.join(shortest)})")
    if "if" in schema and not violations(value, schema["if"], root, at):
        found += violations(value, schema.get("then", True), root, at)
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{at}: {value!r} does not match {schema['pattern']}")
        if len(value) < schema.get("minLength", 0):
            found.append(f"{at}: is too short")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            found.append(f"{at}: is below {schema['minimum']}")
        if value > schema.get("maximum", value):
            found.append(f"{at}: is above {schema['maximum']}")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{at}: has {len(value)} items")
        for index, item in enumerate(value):
            found += violations(item, schema.get("items", True), root, f"{at}[{index}]")
    if isinstance(value, dict):
        if len(value) < schema.get("minProperties", 0):
            found.append(f"{at}: has too few keys")
        found += [f"{at}: lacks {name}" for name in schema.get("required", []) if name not in value]
        properties = schema.get("properties", {})
        for name, item in value.items():
            found += violations(name, schema.get("propertyNames", True), root, f"{at} key")
            rule = properties.get(name, schema.get("additionalProperties", True))
            found += violations(item, rule, root, f"{at}.{name}")
    return found
