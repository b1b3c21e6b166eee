#!/usr/bin/env bash
# Installs what is missing, builds everything with warnings as errors, and runs all tests. Arguments go to ctest, for
# example -R attention.
#
#   REGARD_INTEROP=off     do not install the programs that conversions are tested against (1.2 GB); that test is skipped
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh --tests -DREGARD_WERROR=ON
if [ "${REGARD_INTEROP:-on}" != off ]; then
  scripts/install_interop.sh || echo "Going on without it: the test of conversions against other programs is skipped." >&2
fi
ctest --test-dir build --output-on-failure "$@"
