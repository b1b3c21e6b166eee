#!/usr/bin/env bash
# Writes the output and pictures of a real run between the markers in README.md.
#
#   scripts/update_readme.sh               uses the finished run in runs/quickstart
#   scripts/update_readme.sh --run         first makes that run (scripts/quickstart.sh, about twelve minutes on two
#   cores)
#   scripts/update_readme.sh --messages    writes only the error messages for a wrong configuration, which need no run
#   scripts/update_readme.sh --check       changes nothing; exits with 1 if the README shows something the program does
#   not print
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = --run ]; then
  shift
  scripts/quickstart.sh
fi
exec python3 scripts/readme_blocks.py "$@"
