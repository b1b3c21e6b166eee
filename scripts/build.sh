#!/usr/bin/env bash
# Builds build/regard (and, with --tests, the tests) after installing what is missing. A second run only rebuilds what
# changed. Other arguments are passed to cmake, for example -DREGARD_WERROR=ON.
set -euo pipefail
cd "$(dirname "$0")/.."

target=regard
if [ "${1:-}" = --tests ]; then
  target=all
  shift
fi
scripts/install_dependencies.sh
started=$(date +%s)
torch=$(cat .deps/torch_path)
if ! cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DREGARD_UNITY=ON -DREGARD_TORCH_DIR="$torch" "$@" >build.log.tmp 2>&1; then
  cat build.log.tmp >&2
  rm -f build.log.tmp
  exit 1
fi
rm -f build.log.tmp
cmake --build build --target "$target"
echo "Built build/regard in $(($(date +%s) - started)) s"
