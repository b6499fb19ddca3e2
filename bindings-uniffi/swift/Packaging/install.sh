#!/usr/bin/env bash
# Installs the core where the system looks for libraries: linux/install.sh [prefix], by default /usr/local. At its end it looks
# whether programs and builds find it there, and says what to set where they do not.
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"
name=libcryptopay_uniffi.so
from="$(cd "$(dirname "$0")" && pwd)/$(uname -m)/lib"
prefix="${1:-/usr/local}"

refuse() {
    echo "$1" >&2
    exit 1
}

if [ ! -d "$from" ]; then
    refuse "this package has no library for $(uname -m): make it on such a machine, cargo xtask pack swift in a clone"
fi
needed="$(ldd "$from/$name" 2>&1 | grep -o "GLIBC_[0-9.]*' not found" | sort -V | tail -n 1 || true)"
if [ -n "$needed" ]; then
    refuse "this package is of a newer system, the library needs ${needed%%\'*}: make it on this one, or on an older one"
fi
if ! mkdir -p "$prefix/lib/pkgconfig" 2>/dev/null || [ ! -w "$prefix/lib" ] || [ ! -w "$prefix/lib/pkgconfig" ]; then
    refuse "$prefix/lib cannot be written: run this as root, or name a folder of yours, $0 <prefix>"
fi
prefix="$(cd "$prefix" && pwd)"
install -m 644 "$from/$name" "$prefix/lib/$name"
install -m 644 "$from/pkgconfig/cryptopay_uniffi.pc" "$prefix/lib/pkgconfig/cryptopay_uniffi.pc"
echo "installed in $prefix/lib"

if [ "$(id -u)" = 0 ]; then ldconfig || true; fi
# Of several, the loader takes the first that it knows.
known="$(ldconfig -p | sed -n "s|.*$name .*=> ||p" | head -n 1)"
if [ "$(readlink -f "$known")" != "$(readlink -f "$prefix/lib/$name")" ]; then
    {
        echo "warning: programs do not find it there${known:+, they would take $known}; set this where they run:"
        echo "    export LD_LIBRARY_PATH=$prefix/lib"
    } >&2
fi
if [ "$prefix" != /usr/local ]; then
    {
        echo "for the build set this:"
        echo "    export PKG_CONFIG_PATH=$prefix/lib/pkgconfig"
    } >&2
fi
