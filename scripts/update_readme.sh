#!/usr/bin/env bash
# Writes what a real run printed, and its pictures, between the marks of README.md.
#
#   scripts/update_readme.sh               takes the finished run in runs/quickstart
#   scripts/update_readme.sh --run         makes that run first (scripts/quickstart.sh, about twelve minutes on two cores)
#   scripts/update_readme.sh --messages    writes only the messages about a wrong configuration, which need no run
#   scripts/update_readme.sh --check       changes nothing; ends with 1 where the README shows what the program does not print
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = --run ]; then
  shift
  scripts/quickstart.sh
fi
exec python3 scripts/readme_blocks.py "$@"
