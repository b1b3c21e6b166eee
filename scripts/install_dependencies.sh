#!/usr/bin/env bash
# Installs the build dependencies of Regard on Debian 12 and Ubuntu 24.04: packages with apt, and LibTorch if missing. A
# second run finds everything and does nothing.
#
#   LIBTORCH=/path             use this LibTorch (the folder that contains include/ and lib/)
#   REGARD_TORCH_INDEX=URL     get the torch wheel from this package index (for example one with CUDA builds)
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/torch_index.sh

packages=(g++ cmake ninja-build git ca-certificates curl python3 python3-pip zlib1g-dev liblzma-dev libzstd-dev libbz2-dev libminizip-dev
          libsentencepiece-dev libmecab-dev mecab-ipadic-utf8 libyaml-cpp-dev libspdlog-dev libgtest-dev libgmock-dev libbenchmark-dev
          libcli11-dev nlohmann-json3-dev libmicrohttpd-dev libcld2-dev)

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null && ! [ -t 0 ]; then
      echo "Packages are missing, and installing them requires root. Run this command, then try again:" >&2
      echo "  apt-get install -y ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  echo "Installing packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Prints the folder of a usable LibTorch: $LIBTORCH, an installed Python torch, or the project's own. Python's torch is
# located without importing it.
find_torch() {
  local candidate version
  local candidates=("${LIBTORCH:-}" .deps/torch)
  local python
  for python in "${VIRTUAL_ENV:+$VIRTUAL_ENV/bin/python3}" python3; do
    [ -n "$python" ] && command -v "$python" >/dev/null || continue
    candidates+=("$("$python" -c 'import importlib.util as u
s = u.find_spec("torch")
print(s.submodule_search_locations[0] if s and s.submodule_search_locations else "")' 2>/dev/null || true)")
  done
  for candidate in "${candidates[@]}"; do
    [ -n "$candidate" ] && [ -f "$candidate/lib/libtorch_cpu.so" ] || continue
    version=$(torch_version_of "$candidate")
    case "$version" in
      2.11 | 2.12 | 2.13) ;;
      *) [ "$candidate" = "${LIBTORCH:-}" ] && echo "LIBTORCH is version $version; 2.11 to 2.13 are supported" >&2; continue ;;
    esac
    (cd "$candidate" && pwd)
    return 0
  done
  return 1
}

# The version in LibTorch's headers, such as "2.13"; nothing if there are none.
torch_version_of() {
  cat "$1"/include/torch/headeronly/version.h "$1"/include/torch/csrc/api/include/torch/version.h 2>/dev/null |
    sed -n 's/^#define TORCH_VERSION_M[AI][JN]OR \([0-9]*\)$/\1/p' | head -n 2 | paste -sd .
}

install_torch() {
  echo "Installing LibTorch into .deps (about 800 MB)"
  mkdir -p .deps
  rm -rf .deps/unfinished
  install_torch_wheel python3 library --target .deps/unfinished || exit 1
  # The wheels of CUDA's runtime, if needed, are found through their location next to torch.
  rm -rf .deps/torch .deps/nvidia
  [ ! -d .deps/unfinished/nvidia ] || mv .deps/unfinished/nvidia .deps/nvidia
  mv .deps/unfinished/torch .deps/torch
  rm -rf .deps/unfinished
}

install_packages
if ! torch=$(find_torch); then
  install_torch
  torch=$(find_torch) || { echo "The installed LibTorch is incomplete: .deps/torch. Fix: remove it, and try again" >&2; exit 1; }
fi
mkdir -p .deps
[ "$(cat .deps/torch_path 2>/dev/null || true)" = "$torch" ] || echo "$torch" >.deps/torch_path
