#!/usr/bin/env bash
# Installs what is missing, builds everything with warnings as errors, and runs all tests. Arguments go to ctest, for
# example -R attention.
set -euo pipefail
cd "$(dirname "$0")/.."
# Waiting threads shall sleep soon: on a machine that has other work, spinning ones take the processor from those that
# compute (four times slower, measured).
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-1000}"
scripts/build.sh --tests -DREGARD_WERROR=ON
ctest --test-dir build --output-on-failure "$@"
