# Two references, a baseline, intervals; translate and score in one go.
regard translate runs/base --input test.de --output a.en
regard translate runs/base --input test.de --output b.en --beam-size 1
refused errors regard evaluate --hypothesis a.en --reference test.en --reference small.en
grep 'small.en' errors
regard evaluate --hypothesis a.en --reference test.en --metrics bleu,chrf,chrf++,ter
regard evaluate --hypothesis a.en --reference test.en --baseline b.en --confidence
regard evaluate runs/base --source test.de --reference test.en | grep BLEU
regard evaluate --hypothesis a.en --reference test.en --json | grep '"signature"'
