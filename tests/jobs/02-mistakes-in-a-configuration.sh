# A configuration with mistakes: all of them at once, with place and fix.
sed 's/heads: 4/heads: 7/; s/batch_tokens/batch_tokns/; s/post/pst/' base.yaml > wrong.yaml
refused errors regard config check wrong.yaml
cat errors
lines 2 errors  # heads against the width can be checked when the model can be read
grep -q 'wrong.yaml:[0-9]*:[0-9]*: training.batch_tokns: unknown key. Fix: did you mean training.batch_tokens?' errors
sed 's/heads: 4/heads: 7/' base.yaml > wrong.yaml
refused errors regard config check wrong.yaml
grep -q 'model.heads: 7 does not divide model.dim = 64. Fix: use 8.' errors
refused errors regard train base.yaml --set data.train='[{source: nothing.de, target: train.en}]' --output runs/x
grep -q 'nothing.de' errors
test ! -e runs/x
