#!/usr/bin/env bash
# The server under load: answers, speed, memory, hostile requests, restarts, unmodified clients. (Ten minutes, or hours.)
#
#   scripts/proof.sh serve [REGARD [MODEL SOURCE]]     default: build/regard, and a model that is trained for this
#   ANSWERS=20000 HOSTILE=10000 RESTARTS=50 HOURS=1    how much (default: a tenth of these)
#
# Clients of LibreTranslate are installed from PyPI into a folder of their own where that is possible.
set -euo pipefail
cd "$(dirname "$0")/../.."

regard=$(realpath "${1:-build/regard}")
[ -x "$regard" ] || { echo "error: $regard is not a program. Fix: scripts/build.sh" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" >/dev/null 2>&1 && "$work/venv/bin/pip" install -q libretranslatepy >/dev/null 2>&1 ||
  echo "libretranslatepy cannot be installed: that part is left out"
python=python3
[ -x "$work/venv/bin/python" ] && python="$work/venv/bin/python"
"$python" scripts/proofs/serve_load.py "$regard" "$work" "${@:2}"
