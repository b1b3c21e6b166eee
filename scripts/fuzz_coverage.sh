#!/usr/bin/env bash
# Shows which lines of the readers the fuzzing inputs cover: builds the fuzz targets with Clang's coverage, replays the
# seeds, the crashes found and the corpus of scripts/fuzz.sh in build-fuzz/corpus, and prints one line per source file.
#
#   scripts/fuzz_coverage.sh            a table of files
#   scripts/fuzz_coverage.sh zip.cpp    the uncovered lines of this file
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset coverage >/dev/null
cmake --build --preset coverage -j "${JOBS:-$(nproc)}"
folder=build-coverage/profiles
rm -rf "$folder" && mkdir -p "$folder"
objects=()
for source in tests/fuzz/*_fuzz.cpp; do
  name="$(basename "$source" _fuzz.cpp)"
  program="build-coverage/tests/fuzz/fuzz_$name"
  # A folder that is not there holds no inputs.
  LLVM_PROFILE_FILE="$folder/$name.profraw" \
    "$program" "tests/fuzz/seeds/$name" "tests/fuzz/found/$name" "build-fuzz/corpus/$name"
  objects+=(-object "$program")
done
llvm-profdata-14 merge -sparse "$folder"/*.profraw -o "$folder/all.profdata"
report=(-instr-profile "$folder/all.profdata" "${objects[@]:1}")
if [ $# -gt 0 ]; then
  mapfile -t files < <(git ls-files "src/*/$1" "include/regard/*/$1")
  llvm-cov-14 show "${report[@]}" "${files[@]}" | grep -E "^ +[0-9]+\| +0\|" || true
  exit 0
fi
# The readers of untrusted files.
readers=(src/config/{document,path,read_scalar,reader,tree_builder,yaml_parser}.cpp src/core/{utf8.cpp,utf8_step.h}
  src/text/{byte_source,line_reader,piece_table,piece_table_json,piece_table_problem,piece_table_yaml}.cpp
  src/text/{sentencepiece_check,yaml_scalar}.cpp src/metrics/alignment_error.cpp
  src/formats/{checksum,ctranslate2,npz,npz_array,safetensors,safetensors_dtype,safetensors_header,zip}.cpp
  src/formats/strict_json.h)
# Columns 8 to 10 are the number of lines of a file, the uncovered ones, and the covered share.
llvm-cov-14 report "${report[@]}" "${readers[@]}" |
  awk '$1 ~ /\.(cpp|h)$/ || $1 == "TOTAL" { printf "%-36s %5d lines, %3d not reached, %s\n", $1, $8, $9, $10 }'
