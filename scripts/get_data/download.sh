# Downloads for get_data.sh: resumable, verified, from the public addresses or from a mirror. Sourced by it; needs $to,
# $work, $mirror and $mirror_checksums.
# shellcheck shell=bash

# The mirror as a URL without a trailing slash; curl reads folders as file:// with special characters escaped.
mirror_address() {
  case "$1" in
    *://*) printf '%s\n' "${1%/}" ;;
    *)
      [ -d "$1" ] || fail 2 "--mirror: there is no folder '$1'" "name a folder, or an address such as https://host"
      printf 'file://%s\n' "$(cd "$1" && pwd | sed 's/%/%25/g; s/ /%20/g; s/#/%23/g; s/?/%3F/g')"
      ;;
  esac
}

# transfer ADDRESS FILE [CURL_OPTION...]: prints curl's message if it fails, and returns its exit code. A connection
# without data for a minute is aborted.
transfer() {
  local address=$1 file=$2 progress=(--silent)
  shift 2
  [ ! -t 2 ] || progress=(--progress-bar)
  curl "${progress[@]}" --fail --location --globoff --retry 3 --connect-timeout 30 --speed-limit 1 --speed-time 60 \
    --write-out '%{errormsg}' --output "$file" "$@" "$address"
}

# Fetches the mirror's own checksums; there may be none (404, or 37 from curl for files).
read_mirror_checksums() {
  local message code=0
  [ -n "$mirror" ] || return 0
  message=$(transfer "$mirror/SHA256SUMS" "$work/SHA256SUMS") || code=$?
  case "$code $message" in
    0*) mirror_checksums="$work/SHA256SUMS" ;;
    22*404* | 37*) ;;
    *) fail 1 "$mirror cannot be read: ${message:-curl exit $code}" "check --mirror and the network" ;;
  esac
}

# "ALGORITHM CHECKSUM" to verify an archive with, or nothing.
expected_checksum() {
  local line
  if [ -z "$mirror_checksums" ]; then
    published_checksum "$1"
    return
  fi
  line=$(awk -v name="$1" '{ sub(/^[*]?([.]\/)?/, "", $2) } $2 == name { print $1; exit }' "$mirror_checksums")
  [ -n "$line" ] || fail 1 "$mirror/SHA256SUMS has no line for $1" "add it (sha256sum $1), or remove SHA256SUMS"
  echo "sha256 $line"
}

# Describes what is wrong with an archive; prints nothing if it is intact. $2 is "ALGORITHM CHECKSUM", or empty if none
# is
# known.
fault_of() {
  local file=$1 algorithm=${2% *} checksum=${2#* } actual
  if [ -n "$2" ]; then
    actual=$("${algorithm}sum" <"$file")
    [ "${actual%% *}" = "$checksum" ] || echo "its $algorithm is ${actual%% *}, not $checksum"
  else
    gzip --test "$file" 2>/dev/null || echo "it is not a complete gzip file"
  fi
}

# Downloads into FILE.part, resuming a partial file. A server may refuse to resume (416: nothing left to send; curl's
# 33: not supported; 36: the file is shorter): then it starts from the beginning.
download_part() {
  local address=$1 part=$2 message code=0
  message=$(transfer "$address" "$part" --continue-at -) || code=$?
  if [ -s "$part" ]; then
    case "$code $message" in
      22*416* | 33* | 36*)
        rm -f "$part"
        code=0
        message=$(transfer "$address" "$part") || code=$?
        ;;
    esac
  fi
  [ "$code" -eq 0 ] || fail 1 "$address could not be downloaded: ${message:-curl exit $code}" \
    "check the network (or use --mirror) and run the same command again to resume"
}

# fetch NAME: puts the verified archive into $to/download.
fetch() {
  local name=$1 file="$to/download/$1" address expected fault
  address=${mirror:+$mirror/$name}
  address=${address:-$(public_address "$name")}
  expected=$(expected_checksum "$name")
  if [ -f "$file" ]; then
    fault=$(fault_of "$file" "$expected")
    [ -z "$fault" ] || fail 1 "$file is damaged: $fault" "delete it and run the same command again"
    return 0
  fi
  echo "downloading $address"
  download_part "$address" "$file.part"
  fault=$(fault_of "$file.part" "$expected")
  if [ -n "$fault" ]; then
    rm -f "$file.part"
    fail 1 "$address brought a damaged or another file: $fault" \
      "run the same command again; if it stays so, use a --mirror that has its own SHA256SUMS"
  fi
  mv "$file.part" "$file"
}
