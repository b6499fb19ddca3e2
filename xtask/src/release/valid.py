"""Checks CycloneDX documents against the schema of the version that each claims: valid.py <file>..."""

import json
import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

for path in map(pathlib.Path, sys.argv[1:]):
    text = path.read_text(encoding="utf-8")
    version = json.loads(text)["specVersion"]
    wrong = JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(text)
    if wrong:
        sys.exit(f"{path.name}: {str(wrong).splitlines()[0]}")
    print(f"  {path.name}: CycloneDX {version}, {len(json.loads(text).get('components', []))} components")
