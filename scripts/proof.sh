#!/usr/bin/env bash
# Runs a proof: a check that is too expensive for the tests (hours, other programs, another system). It installs what it
# needs and exits with 0 if the property holds, 1 if it does not, and 77 with a reason if it cannot be run.
#
#   scripts/proof.sh --list            list the proofs
#   scripts/proof.sh NAME [ARGUMENT...]
set -euo pipefail
cd "$(dirname "$0")/.."

list() {
  local file
  for file in scripts/proofs/*.sh; do
    printf '%-16s %s\n' "$(basename "$file" .sh)" "$(sed -n '2s/^# //p' "$file")"
  done
}

case "${1:---help}" in
  --list) list ;;
  -h | --help)
    sed -n '2,6s/^# \{0,1\}//p' "$0"
    list
    ;;
  *)
    if ! [ -f "scripts/proofs/$1.sh" ]; then
      echo "error: there is no proof '$1'. Fix: use one of these:" >&2
      list >&2
      exit 2
    fi
    name=$1
    shift
    exec bash "scripts/proofs/$name.sh" "$@"
    ;;
esac
