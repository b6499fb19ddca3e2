#!/usr/bin/env bash
# Installs the core where the system looks for libraries: linux/install.sh [prefix], by default /usr/local.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
prefix="${1:-/usr/local}"
library="$here/$(uname -m)/lib"
if [ ! -d "$library" ]; then
    echo "there is no library for $(uname -m) in this package: build it from source" >&2
    exit 1
fi
install -D -m 644 "$library/libcryptopay_uniffi.so" "$prefix/lib/libcryptopay_uniffi.so"
install -D -m 644 "$library/pkgconfig/cryptopay_uniffi.pc" "$prefix/lib/pkgconfig/cryptopay_uniffi.pc"
if [ "$(id -u)" = 0 ]; then ldconfig; fi
echo "installed in $prefix/lib"
