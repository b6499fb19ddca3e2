"""Prints a contract file so that a person can read and write it: one case or step a line."""

import json


def compact(value):
    """One line of JSON, with a space after commas and colons as in the hand-written files."""
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {compact(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(compact(item) for item in value) + "]"
    text = json.dumps(value, ensure_ascii=False)
    # characters that no editor shows stay escaped
    return "".join(c if c.isprintable() else escaped(c) for c in text)


def escaped(character):
    """The \\u form of one character, as a surrogate pair where it needs one."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{int.from_bytes(units[i:i + 2], 'big'):04x}" for i in range(0, len(units), 2))


def pretty(file):
    """A whole contract file."""
    lines = []
    for key, value in file.items():
        name = json.dumps(key)
        if key in ("play", "cases", "do") and value:
            rows = ",\n".join("    " + compact(row) for row in value)
            lines.append(f"  {name}: [\n{rows} ]")
        elif key in ("calls", "ends") and len(value) > 0:
            rows = ",\n".join(f"    {json.dumps(k)}: {compact(v)}" for k, v in value.items())
            lines.append(f"  {name}: {{\n{rows} }}")
        else:
            lines.append(f"  {name}: {compact(value)}")
    return "{\n" + ",\n".join(lines) + " }\n"
