# What training needs, before it begins.
regard train base.yaml --output runs/dry --dry-run 2>&1 | grep 'memory: about'
test ! -e runs/dry
regard translate runs/base --input test.de --output output.en --profile 2>&1 | grep -i 'MiB'
