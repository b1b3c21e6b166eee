#!/usr/bin/env python3
"""R10: non-finite numbers never reach a checkpoint, and a diverged training run ends.

There is no switch in the program that makes NaN, so it is provoked from outside: by starting from weights that another
program wrote (init_from), which are so large that the loss or a gradient overflows, and by learning rates and settings
under which weights grow without bound. In each case

- no file of the run's directory ever holds NaN or infinity (every update is saved, and all are read);
- a run with ten non-finite gradients in a row exits with 1, one line, and the number of the update; that update is ten
  after the last good one;
- the newest checkpoint is at most ten updates older.

Translating with such weights must end at once: with 1 or 2 and one line, never by a signal, and never hang. COUNT
limits the cases.
"""
import json
import pathlib
import random
import re
import shutil
import struct
import sys

from workbench import (Figure, Workbench, arguments, checkpoints, non_finite, read_safetensors, workplace,
                       write_safetensors)

SETTINGS = {"training.max_updates": 60, "training.log_every": 1, "checkpoint.every": 1, "checkpoint.keep_last": 10000,
            "validation.every": 5, "validation.stop.metric": "loss"}


def scaled_model(bench, name, factor, only="", share=1.0):
    """A model directory whose weights (those with `only` in their names) are scaled, without checksums."""
    place = bench.folder / name
    place.mkdir()
    for file in ("config.yaml", "shared.spm"):
        shutil.copy(bench.folder / "base" / file, place / file)
    metadata, tensors = read_safetensors(bench.folder / "base/model.safetensors")
    rng = random.Random(1)
    changed = 0
    for key, (dtype, shape, data) in tensors.items():
        if only in key and dtype == "F32":
            values = struct.unpack(f"<{len(data) // 4}f", data)
            values = [value * factor if rng.random() < share else value for value in values]
            tensors[key] = (dtype, shape, struct.pack(f"<{len(values)}f", *values))
            changed += 1
    if not changed:
        raise RuntimeError(f"no weight is called {only}")
    kept = {key: value for key, value in metadata.items() if key.startswith("regard.") and "check" not in key
            and "header" not in key}
    write_safetensors(place / "model.safetensors", tensors, kept)
    return name


def from_weights(factor, only="", share=1.0, **more):
    def settings(bench, name):
        return {"training.init_from": scaled_model(bench, f"start-{name}", factor, only, share),
                "training.clip_norm": 0, **{key.replace("__", "."): value for key, value in more.items()}}
    return settings


def plainly(**more):
    return lambda bench, name: {key.replace("__", "."): value for key, value in more.items()}


# name, settings, whether the run must diverge (None: it may)
CASES = (
    ("weights of 1e30: every gradient overflows", from_weights(1e30), True),
    ("one matrix of 1e37", from_weights(1e37, "decoder.block"), None),
    ("weights of 1e9", from_weights(1e9), None),
    ("a hundredth of the weights times 1e25", from_weights(1e25, share=0.01), None),
    ("rate 100 without clipping", plainly(training__schedule__peak=100, training__schedule__warmup=0,
                                          training__clip_norm=0), None),
    ("sgd, rate 100, momentum, no clipping",
     plainly(training__optimizer__type="sgd", training__optimizer__momentum=0.99, training__schedule__peak=100,
             training__schedule__warmup=0, training__clip_norm=0), None),
    ("adamw, weights times -99 at each update",
     plainly(training__optimizer__type="adamw", training__optimizer__weight_decay=1, training__schedule__peak=100,
             training__schedule__warmup=0, training__clip_norm=0), None),
    ("the same, with a mean of the weights",
     plainly(training__optimizer__type="adamw", training__optimizer__weight_decay=1, training__schedule__peak=100,
             training__schedule__warmup=0, training__ema=0.9), None),
    ("the same, bfloat16", plainly(training__optimizer__type="adamw", training__optimizer__weight_decay=1,
                                   training__schedule__peak=100, training__schedule__warmup=0,
                                   training__precision="bfloat16"), None),
    ("sgd with weight decay", plainly(training__optimizer__type="sgd", training__optimizer__weight_decay=1,
                                      training__schedule__peak=100, training__schedule__warmup=0,
                                      training__schedule__type="constant"), None),
    ("frozen but for the source embedding, which grows without an effect",
     plainly(training__optimizer__type="adamw", training__optimizer__weight_decay=1, training__schedule__peak=100,
             training__schedule__warmup=0, training__schedule__type="constant", model__tie="none",
             training__freeze='["decoder*", "encoder.blocks*", "output*"]'), None),
)


SEARCHES = (["--beam-size", "1"], ["--beam-size", "5"], ["--sample", "temperature=1.0"])


def translation_faults(bench):
    """With a model whose weights are finite and whose scores are not."""
    scaled_model(bench, "overflowing", 1e30)
    faults = []
    for search in SEARCHES:
        result = bench.run("translate", "overflowing", "--threads", "1", *search, stdin=b"alfa bravo\n", timeout=30)
        if result.code not in (1, 2) or len(result.error_lines()) != 1 or "internal" in result.err:
            faults.append(f"translate {' '.join(search)}: {result}")
    return faults


def run_faults(run, result, must_diverge):
    faults = []
    files = sorted(run.rglob("*.safetensors"))
    for path in files:
        names = non_finite(path)
        if names:
            faults.append(f"{path.relative_to(run)} holds what is not finite: {names[:3]}")
    if result.code == 1:
        lines = result.error_lines()
        found = re.search(r"diverged: 10 consecutive gradients .* update (\d+)", lines[0]) if len(lines) == 1 else None
        refused = [int(number) for number in re.findall(r"update (\d+) skipped", result.err)]
        if not found or (refused and int(found.group(1)) != max(refused)):
            faults.append("not one line with the number of the update")
        elif checkpoints(run) and int(found.group(1)) - max(checkpoints(run)) > 10:
            faults.append("the newest checkpoint is too old")
    elif result.code != 0 or must_diverge:
        faults.append(f"exit {result.code}")
    for path in run.glob("checkpoints/update-*/state.json"):
        if any(not isinstance(item["value"], (int, float)) for item in json.loads(path.read_text())["best"]):
            faults.append(f"{path.parent.name}: a best value that is not a number")
    return faults + ([str(result)] if faults else [])


def main():
    options = arguments(__doc__, len(CASES))
    figure = Figure("R10")
    outcomes = {0: 0, 1: 0}
    files = 0
    with workplace("diverge") as folder:
        bench = Workbench(options.program, folder, pairs=200)
        if bench.train("base", {"training.max_updates": 10}).code != 0:
            sys.exit("the toy run failed")
        figure.case("translating", translation_faults(bench))
        for number, (name, make_settings, must_diverge) in enumerate(CASES[:options.count]):
            result = bench.train(f"run{number}", {**SETTINGS, **make_settings(bench, str(number))}, timeout=60)
            run = pathlib.Path(folder) / f"run{number}"
            files += len(list(run.rglob("*.safetensors")))
            outcomes[result.code] = outcomes.get(result.code, 0) + 1
            figure.case(name, run_faults(run, result, must_diverge))
            refused = len(re.findall("skipped", result.err))
            print(f"       {name}: exit {result.code}, {refused} times skipped, "
                  f"{len(checkpoints(run))} checkpoints", flush=True)
    figure.note(f"{files} files of tensors read")
    figure.note(f"{outcomes[1]} runs diverged and ended with 1, {outcomes[0]} continued")
    figure.finish("searches and trainings with numbers that overflow")


if __name__ == "__main__":
    main()
