# What the jobs say beside the program's own commands.

# refused FILE COMMAND...: the command must end with 2; what it says goes to FILE.
refused() {
  local file=$1 code=0
  shift
  "$@" 2>"$file" || code=$?
  cat "$file" >&2
  [ "$code" -eq 2 ] || { echo "ended with $code, not 2: $*" >&2; exit 1; }
}

# lines NUMBER FILE: the file has so many lines.
lines() {
  [ "$(wc -l <"$2")" -eq "$1" ] || { echo "$2 has $(wc -l <"$2") lines, not $1" >&2; exit 1; }
}
