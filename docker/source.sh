#!/bin/sh
# Prints the digest of the source: go.mod, go.sum, all Go files but tests, and
# the files that are embedded. The Dockerfile puts it into the program, so that
# /version shows it; run on the disk, it tells whether that is what runs.
set -eu
cd "$(dirname "$0")/.."
digest() {
	if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}
find go.mod go.sum ./*.go cmd dbcontents internal -type f \
	\( -name 'go.*' -o -name '*.go' -o -path '*/templates/*' \) \
	! -name '*_test.go' ! -name '.*' ! -path '*/.*' ! -path '*/testdata/*' |
	LC_ALL=C sort |
	while read -r file; do digest "$file"; done |
	digest | cut -c 1-64
