#!/usr/bin/env bash
# Installs what is missing, builds everything with warnings as errors, and runs all tests. Arguments go to ctest, for
# example -R attention.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh --tests -DREGARD_WERROR=ON
ctest --test-dir build --output-on-failure "$@"
