# Twelve blocks that read, two that write.
regard train base.yaml --output runs/deep --set model='{dim: 32, heads: 4, encoder_layers: 12, decoder_layers: 2}' \
  --set training.max_updates=2 --set validation.every=0
regard info runs/deep | grep '12 blocks'
regard info runs/deep | grep '2 blocks'
grep 'encoder_layers: 12' runs/deep/config.yaml
regard translate runs/deep < test.de > output
lines 20 output
