#!/usr/bin/env bash
# Uploads the jar of a release to Maven Central, the very files that were built and attested: central.sh <their folder>.
# Wants MAVEN_GPG_PRIVATE_KEY, MAVEN_GPG_PASSPHRASE, CENTRAL_USERNAME and CENTRAL_PASSWORD. With a second word, a file, it
# writes the bundle there and uploads nothing.
set -euo pipefail
files="$(cd "${1:?name the folder of the files}" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export GNUPGHOME="$work/gnupg"
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --import <<<"$MAVEN_GPG_PRIVATE_KEY"

pom=("$files"/cryptopay-client-*.pom)
version="$(basename "${pom[0]}" .pom)"
version="${version#cryptopay-client-}"
home="io/github/cryptopay-client/cryptopay-client/$version"
mkdir -p "$work/$home"
cd "$work/$home"
for end in .pom .jar -sources.jar -javadoc.jar; do
    name="cryptopay-client-$version$end"
    cp "$files/$name" .
    gpg --batch --quiet --pinentry-mode loopback --passphrase-fd 3 --armor --detach-sign "$name" 3<<<"$MAVEN_GPG_PASSPHRASE"
    for sum in md5 sha1; do
        "${sum}sum" "$name" | cut -d ' ' -f 1 >"$name.$sum"
    done
done
cd "$work"
zip -qr bundle.zip io
if [ $# -gt 1 ]; then
    mv bundle.zip "$2"
    exit
fi
# What is secret goes through a pipe: a list of processes shows arguments.
token="$(printf '%s:%s' "$CENTRAL_USERNAME" "$CENTRAL_PASSWORD" | base64 -w 0)"
printf 'header = "Authorization: Bearer %s"\n' "$token" |
    curl --config - --fail-with-body --silent --show-error --form bundle=@bundle.zip \
        "https://central.sonatype.com/api/v1/publisher/upload?name=cryptopay-client-$version&publishingType=AUTOMATIC"
