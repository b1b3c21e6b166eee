# Which of two is better, at an equal budget.
sed 's/norm: post/norm: pre/' base.yaml > pre.yaml
regard compare base.yaml pre.yaml --updates 4 --seeds 1 --set validation.every=0 --source test.de --reference test.en
grep 'pre' runs/compare/comparison.md
test -e runs/compare/comparison.svg
