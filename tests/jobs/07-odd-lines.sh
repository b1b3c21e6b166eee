# N lines in, N lines out: blanks, tabs, CRLF, emoji, broken UTF-8, no line end at the end.
printf 'Ein Haus.\n\n  \nA\tB\r\n😀\nbr\xff\nEnde' | regard translate runs/base > output 2> warnings
lines 7 output
test -z "$(sed -n 2p output)"
grep 'UTF-8' warnings
printf 'br\xff\n' > bytes.de
refused errors regard translate runs/base --input bytes.de --strict > output
grep 'bytes.de:1: byte 3' errors
