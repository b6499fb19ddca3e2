"""Whether packed libraries load with a C library as old as they promise: glibc.py <oldest> <package or library>..."""

import pathlib
import re
import sys
import tarfile
import zipfile


def libraries(path):
    """The ELF libraries in a package, or the file itself, each with its name."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            held = [(f"{path.name}: {name}", package.read(name)) for name in package.namelist()]
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as package:
            files = [member for member in package if member.isfile()]
            held = [(f"{path.name}: {member.name}", package.extractfile(member).read()) for member in files]
    else:
        held = [(path.name, path.read_bytes())]
    return [(name, content) for name, content in held if content.startswith(b"\x7fELF")]


def number(version):
    return [int(part) for part in version.split(".")]


oldest = sys.argv[1]
found = [one for path in map(pathlib.Path, sys.argv[2:]) for one in libraries(path)]
if not found:
    sys.exit("there is no library in these packages")
newer = False
for name, content in found:
    # What a library wants stands in it as names of versions, each of which a linker ended with a zero.
    wanted = {version.decode() for version in re.findall(rb"GLIBC_(\d+(?:\.\d+)+)\0", content)}
    newest = max(wanted, key=number, default=None)
    bad = newest is not None and number(newest) > number(oldest)
    newer |= bad
    needs = f"needs glibc {newest}" if newest else "needs no glibc"
    print(f"  {name} {needs}{f', which is newer than {oldest}' if bad else ''}")
sys.exit(newer)
