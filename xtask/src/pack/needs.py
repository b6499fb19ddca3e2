"""Whether packed libraries load on every system that they are for: needs.py <oldest glibc> <package or library>...

On Linux none may want a newer C library than that; and nowhere anything that a system has not got by itself.
"""

import pathlib
import re
import struct
import sys
import tarfile
import zipfile

#: What each system has by itself; that of musl has not even the library of gcc.
SYSTEM = {
    "glibc": r"(lib(c|m|dl|rt|pthread|gcc_s)|ld-linux-[\w-]+)\.so\.\d",
    "musl": r"libc\.so",
    "macOS": r"/usr/lib/lib(System\.B|iconv\.2|charset\.1)\.dylib",
    "Windows": r"(advapi32|bcryptprimitives|kernel32|ntdll|userenv|ws2_32|api-ms-win-[\w-]+)\.dll",
}


def libraries(path):
    """The libraries in a package, or the file itself, each with its name."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            held = [(f"{path.name}: {name}", package.read(name)) for name in package.namelist()]
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as package:
            files = [member for member in package if member.isfile()]
            held = [(f"{path.name}: {member.name}", package.extractfile(member).read()) for member in files]
    else:
        held = [(path.name, path.read_bytes())]
    return [(name, content) for name, content in held if content.startswith(tuple(READERS))]


def text(content, at):
    return content[at : content.index(b"\0", at)].decode()


def elf(content):
    """What a library for Linux names as needed; where it lies in memory is told by its segments."""
    at, size, count = struct.unpack_from("<32xQ14xHH", content)
    segments = [struct.unpack_from("<I4xQQ8xQ", content, at + size * number) for number in range(count)]
    dynamic, length = next((offset, filled) for kind, offset, _, filled in segments if kind == 2)
    entries = [struct.unpack_from("<QQ", content, dynamic + step) for step in range(0, length, 16)]
    names = next(value for tag, value in entries if tag == 5)
    loaded = next(one for one in segments if one[0] == 1 and one[2] <= names < one[2] + one[3])
    needed = [text(content, names - loaded[2] + loaded[1] + value) for tag, value in entries if tag == 1]
    return "musl" if "libc.so" in needed else "glibc", needed


def mach(content):
    """What a library for macOS loads, but for its own name."""
    at, needed = 32, []
    for _ in range(struct.unpack_from("<16xI", content)[0]):
        command, size, name = struct.unpack_from("<III", content, at)
        if command & 0xFFFF in (0xC, 0x18, 0x1F, 0x20, 0x23):
            needed.append(text(content, at + name))
        at += size
    return "macOS", needed


def pe(content):
    """What a library for Windows imports, at once or when it is first called."""
    head = struct.unpack_from("<60xI", content)[0] + 4
    count, optional = struct.unpack_from("<2xH12xH", content, head)
    rows = [struct.unpack_from("<8xIIII", content, head + 20 + optional + 40 * row) for row in range(count)]

    def place(address):
        return next(address - start + raw for size, start, filled, raw in rows if start <= address < start + filled)

    needed = []
    for directory, step, name in ((1, 20, 12), (13, 32, 4)):
        address = struct.unpack_from("<I", content, head + 20 + 112 + 8 * directory)[0]
        at = place(address) if address else None
        while at is not None and any(content[at : at + step]):
            needed.append(text(content, place(struct.unpack_from("<I", content, at + name)[0])).lower())
            at += step
    return "Windows", needed


#: How a file of each kind begins, and what reads it.
READERS = {b"\x7fELF": elf, b"\xcf\xfa\xed\xfe": mach, b"MZ": pe}


def number(version):
    return [int(part) for part in version.split(".")]


def main(oldest, paths):
    found = [one for path in map(pathlib.Path, paths) for one in libraries(path)]
    if not found:
        sys.exit("there is no library in these packages")
    bad = False
    for name, content in found:
        reader = next(reader for begin, reader in READERS.items() if content.startswith(begin))
        system, needed = reader(content)
        other = [one for one in needed if not re.fullmatch(SYSTEM[system], one)]
        # What a library wants of glibc stands in it as names of versions, each of which a linker ended with a zero.
        wanted = {version.decode() for version in re.findall(rb"GLIBC_(\d+(?:\.\d+)+)\0", content)}
        newest = max(wanted, key=number, default=None)
        newer = newest is not None and number(newest) > number(oldest)
        bad |= newer or bool(other)
        told = [f"{name} needs {system} {newest or ''}".rstrip() + ": " + (", ".join(needed) or "nothing")]
        if newer:
            told.append(f"{newest} is newer than {oldest}")
        if other:
            told.append(f"not every system has {', '.join(other)}")
        print(f"  {'; '.join(told)}")
    sys.exit(bad)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
