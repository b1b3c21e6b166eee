# A run goes on by the same command, also beyond its end and after Ctrl-C, and refuses what would spoil it.
regard train base.yaml 2>&1 | grep 'nothing to do'
regard train base.yaml --set training.max_updates=160 2>&1 | grep 'resuming runs/base after update 150'
regard train base.yaml --set training.max_updates=100000 --set training.log_every=1 2> log &
for i in $(seq 300); do grep -q 'update 161 ' log && break; sleep 0.1; done
kill -INT $!
code=0; wait $! || code=$?
test "$code" -eq 130
grep 'run the same command again' log
regard train base.yaml --resume require --set training.max_updates=161 2>&1 | grep 'nothing to do\|resuming'
refused errors regard train base.yaml --set vocabulary.size=500
grep 'vocabulary.size' errors
