#!/usr/bin/env bash
# Installs the programs that Regard's conversions are tested against (transformers, ctranslate2) into a separate Python
# environment, .deps/interop (about 1.2 GB, of which 250 MB are downloaded). A second run does nothing.
#
#   REGARD_TORCH_INDEX=URL     get the torch wheel from this package index
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/torch_index.sh

place=.deps/interop
python=$place/bin/python
# torch is installed first and pinned: otherwise packages that depend on torch would pull in a CUDA build of several
# gigabytes.
versions="torch==$torch_version
transformers==5.23.0
ctranslate2==4.8.5
sentencepiece==0.2.3
sacremoses==0.2.0
numpy==2.4.6"

fail() {
  echo "install_interop.sh: $1" >&2
  exit 1
}

need_venv() {
  python3 -c 'import venv, ensurepip' 2>/dev/null && return 0
  [ "$(id -u)" -eq 0 ] || fail "Python's venv is missing. Run: apt-get install -y python3-venv python3-pip"
  echo "Installing packages: python3-venv python3-pip"
  { apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv python3-pip
  } >/dev/null || fail "apt-get could not install python3-venv and python3-pip"
}

# Runs pip; if it fails, prints only the line with its reason.
pip_install() {
  local log=$place/pip.log
  "$python" -m pip install --quiet --no-cache-dir --disable-pip-version-check "$@" >"$log" 2>&1 && return 0
  fail "pip failed: $(grep -m 1 '^ERROR' "$log" || tail -n 1 "$log")"
}

install_all() {
  python3 -m venv "$place" >/dev/null || fail "python3 -m venv $place failed"
  echo "$versions" >"$place/constraints.txt"
  install_torch_wheel "$python" python --no-cache-dir || fail "torch could not be installed"
  pip_install --constraint "$place/constraints.txt" --requirement "$place/constraints.txt"
  "$python" -c 'import ctranslate2, sacremoses, sentencepiece, transformers.models.marian' 2>"$place/pip.log" ||
    fail "the installed packages do not load: $(tail -n 1 "$place/pip.log")"
}

[ "$(cat "$place/installed.txt" 2>/dev/null || true)" != "$versions" ] || exit 0
need_venv
# No partial installation remains: the list of versions is written last, and a run that ends early removes everything.
trap 'rm -rf "$place"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
rm -rf "$place"
mkdir -p .deps
echo "Installing transformers and ctranslate2 into $place (downloads about 250 MB)"
install_all
rm -f "$place/pip.log"
mv "$place/constraints.txt" "$place/installed.txt"
trap - EXIT
