# From two files to a translator: configure, train, translate, score.
regard init --source small.de --target small.en
regard config check de_en.yaml
regard train de_en.yaml --set training.max_updates=40
regard translate runs/de_en < test.de > output.en
lines 20 output.en
regard evaluate --hypothesis output.en --reference test.en --metrics bleu,chrf | grep nrefs
