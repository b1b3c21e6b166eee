#!/usr/bin/env bash
# Installs what Regard is built from on Debian 12 and Ubuntu 24.04: packages by apt, and LibTorch if none is there.
# A second run finds everything and does nothing.
#
#   LIBTORCH=/path             use this LibTorch (the folder that holds share/cmake/Torch)
#   REGARD_TORCH_INDEX=URL     take the torch wheel from this package index (for example one with CUDA builds)
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/torch_index.sh

packages=(g++ cmake ninja-build git ca-certificates curl python3 python3-pip zlib1g-dev liblzma-dev libzstd-dev libbz2-dev libminizip-dev
          libsentencepiece-dev libyaml-cpp-dev libspdlog-dev libgtest-dev libgmock-dev libbenchmark-dev libcli11-dev
          nlohmann-json3-dev)

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
      echo "Packages are missing and there are no rights to install them. Run this line, then try again:" >&2
      echo "  apt-get install -y ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  echo "Installing packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Prints the folder of a usable LibTorch: a given path, an installed Python torch, or the project's own. Python's torch
# is found without importing it.
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
    [ -n "$candidate" ] && [ -f "$candidate/share/cmake/Torch/TorchConfig.cmake" ] || continue
    version=$(sed -n 's/^set(PACKAGE_VERSION "\([0-9]*\.[0-9]*\).*/\1/p' "$candidate/share/cmake/Torch/TorchConfigVersion.cmake")
    case "$version" in
      2.11 | 2.12 | 2.13) ;;
      *) [ "$candidate" = "${LIBTORCH:-}" ] && echo "LIBTORCH is version $version; 2.11 to 2.13 are supported" >&2; continue ;;
    esac
    configures "$candidate" || continue
    (cd "$candidate" && pwd)
    return 0
  done
  return 1
}

# A torch with CUDA needs the CUDA toolkit to configure: whether it does is tried, not guessed.
configures() {
  local trial
  trial=$(mktemp -d)
  printf 'cmake_minimum_required(VERSION 3.25)\nproject(trial CXX)\nfind_package(Torch REQUIRED)\n' >"$trial/CMakeLists.txt"
  local status=0
  cmake -G Ninja -S "$trial" -B "$trial/build" -DCMAKE_PREFIX_PATH="$(cd "$1" && pwd)" >"$trial/log" 2>&1 || status=1
  rm -rf "$trial"
  return "$status"
}

install_torch() {
  choose_torch_index python3
  echo "Installing LibTorch $torch_version into .deps (about 800 MB)"
  mkdir -p .deps
  rm -rf .deps/unfinished
  python3 -m pip install --quiet --no-deps --target .deps/unfinished "${torch_index[@]}" "torch==$torch_version" 2>&1 |
    { grep -v 'WARNING: Running pip as' || true; } >&2
  [ -d .deps/unfinished/torch ] || { echo "LibTorch could not be installed" >&2; exit 1; }
  rm -rf .deps/torch
  mv .deps/unfinished/torch .deps/torch
  rm -rf .deps/unfinished
}

install_packages
if ! torch=$(find_torch); then
  install_torch
  torch=$(find_torch) || { echo "The installed LibTorch does not configure; see cmake's log" >&2; exit 1; }
fi
mkdir -p .deps
[ "$(cat .deps/torch_path 2>/dev/null || true)" = "$torch" ] || echo "$torch" >.deps/torch_path
