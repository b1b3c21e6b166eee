#!/usr/bin/env bash
# Collects the licences of the distribution's libraries that a package carries: packaging/licenses.sh FOLDER LIBRARY...
# A library is known by its name alone (libzstd.so.1, or libzstd-1a2b3c4d.so.1.5.4 as auditwheel writes it).
set -euo pipefail
folder=$1
shift
mkdir -p "$folder"
for library in "$@"; do
  name=$(basename "$library" | sed -E 's/-[0-9a-f]{8}(\.so)/\1/')
  path=$(find /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu /lib/aarch64-linux-gnu -maxdepth 1 -name "${name%%.so*}.so*" 2>/dev/null | head -n 1 || true)
  package=$(dpkg -S "$(readlink -f "$path")" "$path" "/usr$path" 2>/dev/null | head -n 1 | cut -d: -f1 || true)
  if [ -z "$package" ] || [ ! -f "/usr/share/doc/$package/copyright" ]; then
    echo "error: $library: its licence was not found. Fix: install the Debian package that it is from." >&2
    exit 1
  fi
  cp "/usr/share/doc/$package/copyright" "$folder/$package.txt"
done
