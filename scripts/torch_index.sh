# Sourced by the scripts that install torch: its version, and the package index it is taken from.
#
#   REGARD_TORCH_INDEX=URL     take the torch wheel from this package index (for example one with CUDA builds)
torch_version=2.13.0
cpu_index=https://download.pytorch.org/whl/cpu

# True when the default index would bring a CUDA build: its wheel asks for nvidia packages. Nothing is downloaded but
# the metadata. Argument: the Python whose pip is asked.
default_index_has_cuda() {
  "$1" -m pip install --dry-run --quiet --no-deps --ignore-installed --report - "torch==$torch_version" 2>/dev/null |
    grep -qiE '"(nvidia-|cuda-|triton)'
}

# Sets torch_index to pip's arguments for the index of torch; empty = the default index. Argument: as above.
choose_torch_index() {
  torch_index=()
  if [ -n "${REGARD_TORCH_INDEX:-}" ]; then
    torch_index=(--index-url "$REGARD_TORCH_INDEX")
  elif default_index_has_cuda "$1"; then
    torch_index=(--index-url "$cpu_index")
  fi
}
