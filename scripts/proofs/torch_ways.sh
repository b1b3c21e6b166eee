#!/usr/bin/env bash
# LibTorch is installed in each of the ways that scripts/torch_index.sh knows, and the built program runs on each of them.
#
# Downloads up to 800 MB for each way. A way whose package index cannot be reached from here is named, and the proof ends
# with 77 unless another one failed. Argument: only this way (own, cpu, pypi).
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/torch_index.sh

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
status=0

# The program that stands here, with the libraries of another LibTorch, and one linked to those from the start.
runs_with() {
  local torch=$1/torch
  env LD_LIBRARY_PATH="$torch/lib" build/regard --version >/dev/null || { echo "FAILED: the program does not start"; return 1; }
  cmake -S . -B "$1/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DREGARD_TESTS=OFF -DREGARD_TORCH_DIR="$torch" >"$1/log" ||
    { cat "$1/log"; return 1; }
  grep LibTorch "$1/log"
  [ "${REGARD_PROOF_BUILD:-on}" = off ] || cmake --build "$1/build" --target regard >"$1/log" || { tail -n 5 "$1/log"; return 1; }
  [ "${REGARD_PROOF_BUILD:-on}" = off ] || "$1/build/regard" --version
}

# way NAME COMMAND...: installs into a folder of its own by COMMAND, and tries it.
way() {
  local name=$1 folder=$place/$1
  shift
  echo "== $name"
  mkdir -p "$folder"
  if ! "$@" python3 library --target "$folder"; then
    [ "$status" = 1 ] || status=77
    echo "cannot be tried here: $(pip_reason)"
    return 0
  fi
  runs_with "$folder" || status=1
}

own() { install_torch_wheel "$@"; }
cpu() { REGARD_TORCH_INDEX=$cpu_index install_torch_wheel "$@"; }
# pip with nobody's settings: PyPI alone.
pypi() { (
  unset PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL
  export PIP_CONFIG_FILE=/dev/null
  cpu_index=http://127.0.0.1:9/  # nothing answers there
  install_torch_wheel "$@"
); }

[ -x build/regard ] || scripts/build.sh
for name in ${1:-own cpu pypi}; do
  way "$name" "$name"
done
exit "$status"
