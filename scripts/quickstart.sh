#!/usr/bin/env bash
# From a fresh machine to a trained Transformer: installs what is missing, builds, trains on the bundled corpus,
# translates its unseen test file, and scores the translation. A second run skips what is already done.
set -euo pipefail
cd "$(dirname "$0")/.."
started=$(date +%s)

scripts/build.sh
run=runs/quickstart
data=data/quickstart
build/regard train configs/quickstart.yaml
build/regard translate "$run" --input "$data/test.de" --output "$run/test.hypothesis.en"

echo
echo "Some translations of the unseen test file:"
for line in 1 101 201 301 401; do
  printf '\n  German       %s\n  translation  %s\n  reference    %s\n' \
    "$(sed -n "${line}p" "$data/test.de")" \
    "$(sed -n "${line}p" "$run/test.hypothesis.en")" \
    "$(sed -n "${line}p" "$data/test.en")"
done
echo
echo "Score of all $(wc -l <"$data/test.en") test sentences (a synthetic corpus: not comparable with real text):"
build/regard evaluate --hypothesis "$run/test.hypothesis.en" --reference "$data/test.en" | tee "$run/test.score"
echo
echo "model   $run"
echo "log     $run/train.log"
echo "curves  $run/curves.svg"
echo "Total time: $(($(date +%s) - started)) s."
