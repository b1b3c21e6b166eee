#!/usr/bin/env bash
# Builds the fuzz targets with Clang and runs them one after the other. New inputs are kept in build-fuzz/corpus/TARGET;
# an
# input that crashes a target is written to tests/fuzz/found/TARGET, where the ordinary tests replay it.
#
#   scripts/fuzz.sh                    all targets, 1,000,000 inputs each
#   scripts/fuzz.sh 5000000 zip json   this many inputs, for these targets only
#
#   JOBS=1                             number of files to compile at a time (default: all CPUs)
#   FUZZ_FLAGS="-timeout=600"          additional libFuzzer flags
set -euo pipefail
cd "$(dirname "$0")/.."
runs="${1:-1000000}"
shift || true
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "${JOBS:-$(nproc)}"
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for source in tests/fuzz/*_fuzz.cpp; do
    name="$(basename "$source" _fuzz.cpp)"
    targets+=("$name")
  done
fi
status=0
for name in "${targets[@]}"; do
  corpus="build-fuzz/corpus/$name"
  mkdir -p "$corpus" "tests/fuzz/found/$name"
  echo "== $name"
  # No input may take 512 MB, or 30 s (of a machine that has other work). Lengths of 4 KiB reach all of the readers;
  # longer
  # ones would only be slower.
  build-fuzz/tests/fuzz/fuzz_"$name" "$corpus" "tests/fuzz/seeds/$name" "tests/fuzz/found/$name" -runs="$runs" \
    -max_len=4096 -timeout=30 -rss_limit_mb=512 -print_final_stats=1 -verbosity=1 \
    ${FUZZ_FLAGS:-} -artifact_prefix="tests/fuzz/found/$name/" >"$corpus.log" 2>&1 || status=1
  grep -E "^SUMMARY|ERROR|fuzz target:|terminate|stat::number_of_executed_units|stat::average_exec" "$corpus.log" || true
  grep -oE "cov: [0-9]+ ft: [0-9]+ corp: [0-9]+/[0-9A-Za-z]+" "$corpus.log" | tail -1
  rmdir --ignore-fail-on-non-empty "tests/fuzz/found/$name"
done
exit "$status"
