#!/usr/bin/env bash
# Installs what is missing, builds everything with warnings as errors, and runs all tests. Arguments are passed to
# ctest, for example -R attention.
# It ends with a list of skipped tests and the reasons.
#
#   REGARD_STRICT=on       fail if a test was skipped because something is missing
#   REGARD_INTEROP=off     do not install the programs that conversions are tested against (1.2 GB); that test is
#   skipped
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh --tests -DREGARD_WERROR=ON
if [ "${REGARD_INTEROP:-on}" != off ]; then
  scripts/install_interop.sh || echo "Continuing without it: the test of conversions against other programs is skipped." >&2
fi
results=$PWD/build/test_results.xml
status=0
# The whole output of passing tests: it says what they skipped.
ctest --test-dir build -j "$(nproc)" --output-on-failure --output-junit "$results" --test-output-size-passed 10000000 "$@" || status=$?
strict=()
[ "${REGARD_STRICT:-off}" = off ] || strict=(--strict)
if [ -f "$results" ]; then
  scripts/skipped_tests.py "$results" "${strict[@]}" || status=$?
fi
exit "$status"
