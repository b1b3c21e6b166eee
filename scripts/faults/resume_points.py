#!/usr/bin/env python3
"""R2: a run that is stopped and resumed equals one that is not, wherever it is stopped.

For each case a toy model is trained in one go and in several sessions that end after given updates; the SHA-256 of
weights, optimizer state and counters must be equal at every update that both have saved. COUNT limits the cases.
"""
import json
import re

from workbench import Figure, Workbench, arguments, digests, workplace

UPDATES = 60
# name, settings, updates after which a session ends; None: chosen where the epochs end
CASES = (
    ("subword sampling, mean of the weights and dropout, mid-epoch",
     {"vocabulary.sampling.alpha": 0.2, "training.ema": 0.99, "model.dropout.attention": 0.1,
      "model.dropout.feed_forward": 0.1}, (7, 29)),
    ("three micro-batches an update, across epochs", {"training.accumulate": 3}, (11, 12, 13, 14, 15, 31)),
    ("early stopping, after validations",
     {"validation.every": 5, "validation.stop.patience": 4, "validation.stop.metric": "loss",
      "training.schedule.peak": 0.02}, (5, 15, 20)),
    ("the end of an epoch", {}, None),
    ("plateau schedule", {"validation.every": 5, "training.schedule.type": "plateau",
                          "training.schedule.patience": 1, "validation.stop.metric": "loss"}, (10, 25, 30)),
    ("unigram sampling",
     {"vocabulary.type": "unigram", "vocabulary.sampling.alpha": 0.3, "vocabulary.size": 36}, (13,)),
    ("sgd with momentum", {"training.optimizer.type": "sgd", "training.optimizer.momentum": 0.9,
                           "training.schedule.peak": 0.1}, (9, 33)),
    ("recurrent decoder",
     {"model": "{dim: 32, position: none, dropout: {residual: 0.1, embedding: 0.1}, encoder: {blocks: {norm: none, "
               "sublayers: [{rnn: {cell: gru, bidirectional: true}, combine: replace}]}}, decoder: {kind: rnn, "
               "cell: gru, attention: {score: additive}}}"}, (17,)),
)


def ends_of_epochs(bench, run, settings):
    """The updates after which a new epoch begins, found in the states of a run that saves every update."""
    if bench.train(run, settings).code != 0:
        return []
    ends, before = [], 0
    for path in sorted((bench.folder / run).glob("checkpoints/update-*/state.json")):
        state = json.loads(path.read_text())
        if state["epoch"] > before and state["batch"] == 0:
            ends.append(state["update"])
        before = state["epoch"]
    return ends


def compare(bench, name, settings, stops):
    settings = {**settings, "checkpoint.every": 1, "checkpoint.keep_last": 1000}
    once, parts = f"once-{name}", f"parts-{name}"
    result = bench.train(once, {**settings, "training.max_updates": UPDATES})
    if result.code != 0:
        return [f"the undisturbed run failed: {result}"]
    if stops is None:
        stops = ends_of_epochs(bench, once, settings)[:2]
        if not stops:
            return ["no epoch ended between two updates"]
    for stop in (*stops, UPDATES):
        result = bench.train(parts, {**settings, "training.max_updates": stop})
        if result.code != 0:
            return [f"the session up to {stop} failed: {result}"]
    wanted, found = digests(bench.folder / once), digests(bench.folder / parts)
    faults = [f"update {update} differs" for update in sorted(wanted) if found.get(update) != wanted[update]]
    faults += ["other updates were saved"] if wanted.keys() != found.keys() else []
    if max(wanted) <= max(stops):
        faults.append(f"the run ended at {max(wanted)}, before the stops had an effect")
    return faults[:5]


def other_thread_count(bench):
    settings = {"training.max_updates": 3}
    bench.train("threads", settings, threads=1)
    result = bench.run(*bench.training("threads", {"training.max_updates": 6}, threads=2),
                       environment={"OMP_NUM_THREADS": ""})
    warning = re.search(r"warning: .*1 threads, now 2.*not be bit-exact", result.err)
    return [] if result.code == 0 and warning else [str(result)]


def main():
    options = arguments(__doc__, len(CASES) + 1)
    figure = Figure("R2")
    with workplace("resume") as folder:
        bench = Workbench(options.program, folder, pairs=200)
        for number, (name, settings, stops) in enumerate(CASES[:options.count]):
            figure.case(name, compare(bench, str(number), settings, stops))
        figure.case("another number of threads is a warning", other_thread_count(bench))
    figure.finish("kinds of resume points: bit-equal after each update; another thread count warns")


if __name__ == "__main__":
    main()
