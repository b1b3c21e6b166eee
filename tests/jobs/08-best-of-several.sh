# Several translations of each line, their scores, the probability of given ones, and samples.
regard translate runs/base --input test.de --n-best 3 > nbest
lines 60 nbest
regard translate runs/base --input test.de --scores > scored
cut -f 2 scored > best.en
regard score runs/base --source test.de --target best.en > again
lines 20 again
regard translate runs/base --input test.de --sample temperature=0.8,top_k=20 > drawn
if cmp -s drawn best.en; then exit 1; fi
