#!/usr/bin/env bash
# Builds the Debian package: the program without LibTorch, its manual pages and completions, the library and its headers:
#   packaging/deb.sh [FOLDER]     the package goes to FOLDER (default dist)
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-dist}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake -S . -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DREGARD_TORCH=OFF -DREGARD_TESTS=OFF -DREGARD_UNITY=ON >"$work/log"
cmake --build "$work/build" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; exit 1; }
(cd "$work/build" && cpack -G DEB -B "$work/deb") >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; exit 1; }
mkdir -p "$out"
cp "$work"/deb/*.deb "$out"
ls -l "$out"/*.deb
