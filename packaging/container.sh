#!/usr/bin/env bash
# Builds a container image from nothing but the program without LibTorch and the libraries it is linked with:
#   packaging/container.sh [NAME]     (default regard:VERSION); needs buildah
# The tree of the image can be kept and looked at: KEEP_TREE=FOLDER.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=${KEEP_TREE:-$work/tree}
cmake -S . -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DREGARD_TORCH=OFF -DREGARD_TESTS=OFF -DREGARD_UNITY=ON >"$work/log"
cmake --build "$work/build" --target regard >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; exit 1; }
mkdir -p "$tree/usr/bin" "$tree/tmp" "$tree/usr/share/doc/regard"
install -s "$work/build/regard" "$tree/usr/bin/regard"
libraries=$(ldd "$work/build/regard" | grep -oE '/[^ ]+')
for library in $libraries; do
  mkdir -p "$tree$(dirname "$library")"
  cp -L "$library" "$tree$library"
done
# shellcheck disable=SC2086
packaging/licenses.sh "$tree/usr/share/doc/regard/licenses" $libraries
cp LICENSE "$tree/usr/share/doc/regard/LICENSE"
du -sh "$tree" | sed 's/\t.*/ in the image/'
if ! command -v buildah >/dev/null; then
  [ -n "${KEEP_TREE:-}" ] || echo "error: buildah was not found, so no image was made. Fix: apt-get install buildah" >&2
  [ -n "${KEEP_TREE:-}" ] && exit 0 || exit 1
fi
name=${1:-regard:$("$work/build/regard" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+')}
buildah build --tag "$name" --file packaging/Containerfile "$tree"
