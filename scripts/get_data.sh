#!/usr/bin/env bash
# Downloads a public corpus and converts it to raw text, one sentence per line, for configs/NAME.yaml. See
# `scripts/get_data.sh --help`.
# Not tested: downloading from the public addresses of Multi30k, IWSLT and WMT. The addresses, the file names inside the
# archives and the checksums are published ones (sources in get_data/published.sh). Everything else - resuming,
# verifying, unpacking, cleaning, splitting - is tested by tests/get_data_test.py on small files of the same structure.
set -euo pipefail
export LC_ALL=C # text is handled as bytes, whatever the locale

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
corpora="multi30k, iwslt14_de_en, wmt14_en_de"

usage() {
  cat <<'TEXT'
Downloads a public corpus and prepares it as raw text for `regard train configs/NAME.yaml`.

  scripts/get_data.sh NAME [--to DIR] [--mirror ADDRESS_OR_FOLDER]

  NAME            recipe                  training pairs   download   what it is
  multi30k        multi30k_en_de.yaml             29,000       2 MB   image captions
  iwslt14_de_en   iwslt14_de_en.yaml         over 160,000      20 MB   TED talks (CC BY-NC-ND)
  wmt14_en_de     wmt14_en_de_base.yaml,  about 4,500,000     1.7 GB   parliament, web, news; 4 GB on disk in total
                  wmt14_en_de_big.yaml

  --to DIR        output folder; default: data/NAME in this checkout
  --mirror FROM   get the archives from there instead of the public addresses: a folder, or a URL
                  (https://..., file://...) of a folder that contains them under their public file names.
                  If SHA256SUMS is next to them (made by: sha256sum FILES > SHA256SUMS), it is used instead of
                  the published checksums and sizes, so a mirror may have a smaller or different version.

Writes train, valid (multi30k: val) and test (multi30k: test_2016_flickr), each as .en and .de.
Archives are kept in DIR/download, which can be deleted afterwards. An interrupted download resumes
when the same command is run again; text files appear only when complete and verified; a second run does nothing.

Exit codes: 0 success, 1 a download or an archive failed, 2 the command must be changed.
Needs bash, curl, tar, gzip, sed, awk, sha256sum and md5sum.
TEXT
}

# fail CODE MESSAGE FIX: one line on standard error.
fail() {
  printf 'error: %s. Fix: %s.\n' "$2" "$3" >&2
  exit "$1"
}

for part in published download prepare; do
  # shellcheck source=/dev/null
  . "$root/scripts/get_data/$part.sh"
done

# Refuses a split whose sides differ in length, or that does not have the published size; prints its size.
check_split() {
  local pairs least most
  check_aligned "$work/$1.en" "$work/$1.de"
  pairs=$(count_lines "$work/$1.en")
  [ "$pairs" -gt 0 ] || fail 1 "the split $1 is empty" "delete $to/download and run the same command again"
  if [ -z "$mirror_checksums" ]; then
    read -r least most < <(published_pairs "$1")
    [ "$pairs" -ge "$least" ] && [ "$pairs" -le "$most" ] ||
      fail 1 "the split $1 has $pairs pairs; between $least and $most are expected" \
        "delete $to/download and run the same command again; a mirror of another size needs its own SHA256SUMS"
  fi
  echo "$to/$1.{en,de}: $pairs pairs"
}

is_complete() {
  local split
  for split in $(splits); do
    [ -s "$to/$split.en" ] && [ -s "$to/$split.de" ] || return 1
  done
}

check_tools() {
  local tool missing=()
  for tool in curl tar gzip sed awk sha256sum md5sum; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [ "${#missing[@]}" -eq 0 ] || fail 1 "missing programs: ${missing[*]}" \
    "install them; they are in the packages curl, tar, gzip, sed, mawk and coreutils"
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case "$1" in
      -h | --help) usage; exit 0 ;;
      --to | --mirror)
        [ $# -gt 1 ] && [ -n "$2" ] || fail 2 "$1 needs a value" "see scripts/get_data.sh --help"
        if [ "$1" = --to ]; then to=$2; else mirror=$2; fi
        shift
        ;;
      multi30k | iwslt14_de_en | wmt14_en_de)
        [ -z "$corpus" ] || fail 2 "two corpora are named, '$corpus' and '$1'" "name one at a time"
        corpus=$1
        ;;
      -*) fail 2 "unknown option '$1'" "see scripts/get_data.sh --help" ;;
      *) fail 2 "unknown corpus '$1'" "use one of $corpora" ;;
    esac
    shift
  done
  [ -n "$corpus" ] || fail 2 "no corpus is named" "use one of $corpora, as in: scripts/get_data.sh multi30k"
}

main() {
  local split
  corpus="" to="" mirror="" mirror_checksums=""
  read_arguments "$@"
  check_tools
  to=${to:-$root/data/$corpus}
  if is_complete; then
    echo "$to is complete: nothing to do"
    return 0
  fi
  [ -z "$mirror" ] || mirror=$(mirror_address "$mirror")
  [ ! -e "$to" ] || [ -d "$to" ] || fail 2 "--to: '$to' is not a folder" "choose another folder"
  mkdir -p "$to/download" 2>/dev/null || fail 1 "'$to' cannot be written" "choose another folder with --to"
  to=$(cd "$to" && pwd)
  work="$to/unfinished"
  rm -rf "$work"
  trap 'rm -rf "$work"' EXIT
  mkdir "$work"
  read_mirror_checksums
  "prepare_$corpus"
  for split in $(splits); do check_split "$split"; done
  for split in $(splits); do mv "$work/$split.en" "$work/$split.de" "$to/"; done
  echo "done; the archives in $to/download are not needed any more"
}

main "$@"
