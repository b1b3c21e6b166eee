# One model for two directions: a tag tells which.
regard train base.yaml --output runs/both --set 'data.train=[{source: small.de, target: small.en, tag: ">>en<<"}, {source: small.en, target: small.de, tag: ">>de<<"}]' \
  --set training.max_updates=3 --set validation.every=0
sed 's/^/>>en<< /' test.de | regard translate runs/both > output
lines 20 output
regard encode runs/both <<< '>>de<< The house' | grep '>>de<<'
