# The program stays, a line in is a line out at once: what a server needs.
coproc regard translate runs/base
exec 3<&"${COPROC[0]}" 4>&"${COPROC[1]}"
for i in 1 2 3; do
  sed -n "${i}p" test.de >&4
  read -r -t 20 answer <&3
  test -n "$answer"
done
exec 4>&-
eval "exec ${COPROC[1]}>&-"
wait "$COPROC_PID" || true
