#!/usr/bin/env bash
# Makes cryptopayFFI.xcframework on a Mac with Xcode and Rust: xcframework.sh <repository> [package].
# The repository has the core's sources; the package is where this script lies, unless another is named.
set -euo pipefail
if [ "$(uname -s)" != Darwin ]; then
    echo "an XCFramework is made on a Mac: xcodebuild and lipo are needed" >&2
    exit 1
fi
repository="$(cd "${1:?name the repository that has the core}" && pwd)"
package="$(cd "${2:-$(dirname "$0")}" && pwd)"
build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT

# One static library for each kind of device; what runs on two processors is one file of both.
library() { # name, targets…
    local name="$1" target
    shift
    mkdir -p "$build/$name"
    local parts=()
    for target in "$@"; do
        rustup target add "$target"
        (cd "$repository" && cargo rustc --release --lib --crate-type staticlib -p cryptopay-uniffi --target "$target")
        parts+=("$repository/target/$target/release/libcryptopay_uniffi.a")
    done
    lipo -create "${parts[@]}" -output "$build/$name/libcryptopay_uniffi.a"
    strip -S -x "$build/$name/libcryptopay_uniffi.a"
}
library macos aarch64-apple-darwin x86_64-apple-darwin
library ios aarch64-apple-ios
library simulator aarch64-apple-ios-sim x86_64-apple-ios

headers="$package/Sources/cryptopayFFI"
rm -rf "$package/cryptopayFFI.xcframework"
xcodebuild -create-xcframework \
    -library "$build/macos/libcryptopay_uniffi.a" -headers "$headers" \
    -library "$build/ios/libcryptopay_uniffi.a" -headers "$headers" \
    -library "$build/simulator/libcryptopay_uniffi.a" -headers "$headers" \
    -output "$package/cryptopayFFI.xcframework"
echo "for a release, attach: $(cd "$package" && zip -qry cryptopayFFI.xcframework.zip cryptopayFFI.xcframework &&
    swift package compute-checksum cryptopayFFI.xcframework.zip)"
