#!/usr/bin/env bash
# Trains small models with every attention mechanism on tasks whose answer is known, and prints what each reached beside
# its threshold. Takes about a quarter of an hour on one core. Arguments go to tests/system/attention_tasks_test.py:
# --only additive, --table FILE and others. REGARD names another program than build/regard.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${REGARD:-build/regard}
if [[ ! -x $program ]]; then
  echo "error: $program is not there. Fix: run scripts/build.sh" >&2
  exit 2
fi
exec python3 tests/system/attention_tasks_test.py "$program" "$@"
