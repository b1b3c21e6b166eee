# Another text for a trained model; what the model was worth before is told.
regard init --source small.de --target small.en --from runs/base --output mine.yaml
regard train mine.yaml --set training.max_updates=20 2> log
cat log
grep 'update 0  validation' log
grep '; before: \|no validation was better than the initial model' log
regard translate runs/mine < test.de | grep -c .
