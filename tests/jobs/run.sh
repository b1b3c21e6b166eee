#!/usr/bin/env bash
# Does everyday jobs with the commands of README.md and docs/guide.md alone, each script in a folder of its own:
#
#   tests/jobs/run.sh PATH_OF_REGARD [NAME...]     all of them, or those whose name begins so
#
# A job finds the program as `regard`, 300 pairs in small.de and small.en, 20 more in test.de and test.en, and a small model
# that was trained on such text in runs/base. A script that reaches its end has done its job. Ends with 1 where one has not,
# and says what it printed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$(dirname "$1")"
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
[ -x "$program" ] || { echo "$program is not there: build it with scripts/build.sh" >&2; exit 2; }
corpus=$here/../../data/quickstart
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$program" "$work/bin/regard"
export PATH="$work/bin:$PATH" GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-1000}"

texts() {
  for side in de en; do
    head -n 300 "$corpus/train.$side" >"$1/small.$side"
    head -n 20 "$corpus/test.$side" >"$1/test.$side"
  done
}

mkdir "$work/base"
texts "$work/base"
head -n 3000 "$corpus/train.de" >"$work/base/train.de"
head -n 3000 "$corpus/train.en" >"$work/base/train.en"
cat >"$work/base/base.yaml" <<'YAML'
output: runs/base
data:
  source: de
  target: en
  train: [{source: train.de, target: train.en}]
  valid: {source: test.de, target: test.en}
vocabulary: {size: 600}
model: {dim: 64, layers: 1, heads: 4, norm: post, position: sinusoidal_halves}
training: {batch_tokens: 1024, schedule: {peak: 4.0e-3, warmup: 40}, max_updates: 150}
validation: {every: 75, samples: 0}
checkpoint: {every: 75}
YAML
(cd "$work/base" && regard train base.yaml >"$work/base.log" 2>&1) || { cat "$work/base.log" >&2; exit 1; }

failed=0
done=0
for script in "$here"/[0-9]*.sh; do
  name=$(basename "$script" .sh)
  wanted=$([ $# -eq 0 ] && echo yes || true)
  for prefix in "$@"; do
    case $name in "$prefix"*) wanted=yes ;; esac
  done
  [ -n "$wanted" ] || continue
  mkdir "$work/$name"
  texts "$work/$name"
  cp -r "$work/base/runs" "$work/base/base.yaml" "$work/base/train.de" "$work/base/train.en" "$work/$name"
  began=$SECONDS
  code=0
  (cd "$work/$name" && bash -euxo pipefail -c 'source "$0"; source "$1"' "$here/support.bash" "$script") >"$work/$name.log" 2>&1 || code=$?
  done=$((done + 1))
  if [ "$code" -eq 0 ]; then
    echo "ok     $name ($((SECONDS - began)) s)"
  elif [ "$code" -eq 77 ]; then
    echo "left out $name: $(tail -n 1 "$work/$name.log")"
  else
    failed=$((failed + 1))
    echo "FAILED $name (exit code $code)"
    tail -n 30 "$work/$name.log" | sed 's/^/       /'
  fi
  rm -rf "${work:?}/$name"
done
echo "$done jobs, $failed failed"
[ "$done" -gt 0 ] && [ "$failed" -eq 0 ]
