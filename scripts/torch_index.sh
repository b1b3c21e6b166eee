# Sourced by the scripts that install torch: its version, source and installation.
#
#   REGARD_TORCH_INDEX=URL     get the torch wheel from this package index only (for example one with CUDA builds)
# Without this variable, the first of these that works is used, and reported in one line:
#   1. pip's configured index, if it has a CPU build (a local mirror or a folder of wheels);
#   2. PyTorch's index of CPU builds;
#   3. PyPI. Its torch is a CUDA build, whose CPU libraries need two small wheels of CUDA's runtime and nothing else.
torch_version=2.13.0
cpu_index=https://download.pytorch.org/whl/cpu
# What libtorch_cpu.so and libc10.so of PyPI's build link to (libcudart.so.13, libcupti.so.13).
cuda_runtime=("nvidia-cuda-runtime==13.0.*" "nvidia-cuda-cupti==13.0.*")
torch_log=.deps/torch_install.log

# What pip's configured index offers: cpu, cuda or none. Only metadata is downloaded, in which a CUDA build depends on
# CUDA packages. Argument: the Python whose pip is used.
default_index_build() {
  local report
  report=$("$1" -m pip install --dry-run --quiet --no-deps --ignore-installed --report - "torch==$torch_version" \
    2>/dev/null) || { echo none; return; }
  if grep -qiE '"(nvidia-|cuda-|triton)' <<<"$report"; then echo cuda; else echo cpu; fi
}

# The line in which pip says why it failed.
pip_reason() {
  grep -m 1 '^ERROR' "$torch_log" || tail -n 1 "$torch_log"
}

torch_failed() {
  {
    echo "LibTorch $torch_version could not be installed: $(pip_reason)"
    echo "Manually: unpack a CPU LibTorch 2.11 to 2.13 for Linux x86-64 from https://pytorch.org/get-started/locally (the zip,"
    echo "or a torch wheel, which is also a zip) anywhere and set LIBTORCH to the folder that contains include/ and lib/;"
    echo "or set REGARD_TORCH_INDEX to a package index that has torch==$torch_version."
  } >&2
  return 1
}

# pip_torch PYTHON INDEX_ARGUMENTS... -- PIP_ARGUMENTS...: installs the torch wheel alone.
pip_torch() {
  local python=$1 index=()
  shift
  mkdir -p "$(dirname "$torch_log")"
  while [ "$1" != -- ]; do
    index+=("$1")
    shift
  done
  shift
  "$python" -m pip install --quiet --no-deps --disable-pip-version-check "${index[@]}" "$@" \
    "torch==$torch_version" >"$torch_log" 2>&1
}

# install_torch_wheel PYTHON USE PIP_ARGUMENTS...: installs torch in the first way that works. USE: library = only
# LibTorch is needed; python = `import torch` must work, so that PyPI's build needs all its packages.
install_torch_wheel() {
  local python=$1 use=$2 build
  shift 2
  if [ -n "${REGARD_TORCH_INDEX:-}" ]; then
    echo "LibTorch $torch_version: from REGARD_TORCH_INDEX"
    pip_torch "$python" --index-url "$REGARD_TORCH_INDEX" -- "$@" || torch_failed
    return
  fi
  build=$(default_index_build "$python")
  if [ "$build" = cpu ]; then
    echo "LibTorch $torch_version: the CPU build of pip's own index"
    pip_torch "$python" -- "$@" || torch_failed
    return
  fi
  if pip_torch "$python" --index-url "$cpu_index" --retries 1 --timeout 20 -- "$@"; then
    echo "LibTorch $torch_version: the CPU build of $cpu_index"
  elif [ "$build" = none ]; then
    torch_failed
  elif [ "$use" = python ]; then
    echo "LibTorch $torch_version: $cpu_index cannot be reached; the CUDA build of PyPI with all its packages (3 GB)"
    "$python" -m pip install --quiet --disable-pip-version-check "$@" "torch==$torch_version" >"$torch_log" 2>&1 ||
      torch_failed
  else
    echo "LibTorch $torch_version: $cpu_index cannot be reached; the CUDA build of PyPI (530 MB), used for the CPU"
    pip_torch "$python" -- "$@" "${cuda_runtime[@]}" || torch_failed
  fi
}
