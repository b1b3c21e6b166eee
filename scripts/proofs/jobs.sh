#!/usr/bin/env bash
# Everyday jobs by the documented commands alone, from two text files on; --fresh: in a new clone. (Minutes.)
#
#   scripts/proof.sh jobs [--fresh] [NAME...]     all jobs of tests/jobs, or those whose names begin so
#
# With --fresh the last commit is cloned and built, so that nothing takes part but what is in it.
set -euo pipefail
cd "$(dirname "$0")/../.."

cannot() {
  echo "$1" >&2
  exit 77
}

if [ "${1:-}" = --fresh ]; then
  shift
  command -v git >/dev/null || cannot "This needs git, which is not installed."
  git rev-parse --git-dir >/dev/null 2>&1 || cannot "This folder is no clone, so nothing can be cloned from it."
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  git clone -q . "$folder/regard"
  "$folder/regard/scripts/proof.sh" jobs "$@"
  exit
fi
[ -x build/regard ] || scripts/build.sh || cannot "The program cannot be built here; what is missing stands above."
exec tests/jobs/run.sh build/regard "$@"
