#!/usr/bin/env bash
# Trains small models with every attention mechanism on tasks with known answers, and prints each result next to its
# threshold. Takes about a quarter of an hour on one core. Arguments are passed to tests/system/attention_tasks_test.py:
# --only additive, --table FILE and others. REGARD selects a program other than build/regard.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${REGARD:-build/regard}
if [[ ! -x $program ]]; then
  echo "error: $program does not exist. Fix: run scripts/build.sh" >&2
  exit 2
fi
exec python3 tests/system/attention_tasks_test.py "$program" "$@"
