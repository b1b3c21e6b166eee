# The mean of checkpoints is a model; so are two models together.
regard average runs/mean runs/base/checkpoints/last runs/base/checkpoints/update-00000075
regard translate runs/mean < test.de > output
lines 20 output
regard translate runs/base,runs/mean --input test.de --output output.en
regard info runs/mean
