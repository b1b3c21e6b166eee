#!/usr/bin/env python3
"""Starts training from other models as a user does: whole models, encoders, kept optimisers, resumed runs.

Usage: init_from_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
WORDS = "alfa bravo delta echo golf hotel india kilo lima mike oscar papa romeo sierra".split()
DATA = """\
output: none
data:
  source: xx
  target: yy
  train: [{source: train.src, target: train.trg}]
"""
TRAINING = """\
training:
  batch_tokens: 150
  schedule: {type: constant, peak: 5.0e-3, warmup: 0}
  max_updates: 6
validation: {every: 0}
checkpoint: {every: 3}
"""
BASE = DATA + "vocabulary: {size: 70}\nmodel: {dim: 16, layers: 1, heads: 2, feed_forward: 32, norm: post}\n" + TRAINING


class Workplace:
    """A temporary folder with a corpus, where commands run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(4)
        lines = [[rng.choice(WORDS) for _ in range(rng.randint(2, 7))] for _ in range(60)]
        (self.folder / "train.src").write_text("".join(" ".join(words) + "\n" for words in lines))
        (self.folder / "train.trg").write_text("".join(" ".join(words[::-1]) + "\n" for words in lines))
        (self.folder / "base.yaml").write_text(BASE)
        (self.folder / "open.yaml").write_text(DATA + TRAINING)  # neither model nor vocabulary

    def train(self, config, output, *assignments):
        command = [PROGRAM, "train", config, "--output", output, "--threads", "1"]
        for assignment in assignments:
            command += ["--set", assignment]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    def tensors(self, path):
        """Names and bytes of a safetensors file."""
        data = (self.folder / path).read_bytes()
        size = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + size])
        header.pop("__metadata__")
        return {name: data[8 + size + entry["data_offsets"][0]:8 + size + entry["data_offsets"][1]]
                for name, entry in header.items()}


def changed(before, after, prefix):
    """Names that begin so and whose numbers differ; fails where there is nothing to compare."""
    names = [name for name in after if name.startswith(prefix)]
    assert names and all(name in before for name in names), prefix
    return [name for name in names if before[name] != after[name]]


def check_whole(place, checks):
    done = place.train("open.yaml", "tuned", "training.init_from=base", "training.max_updates=1",
                       "training.schedule.peak=1e-30")
    checks.equal("a configuration without model and vocabulary trains", done.returncode, 0)
    before, after = place.tensors("base/model.safetensors"), place.tensors("tuned/model.safetensors")
    checks.equal("it has the other model's weights", sorted(before), sorted(after))
    checks.equal("at a rate of nothing all of them stay", changed(before, after, ""), [])
    checks.equal("the vocabulary is the other model's", (place.folder / "tuned/shared.spm").read_bytes(),
                 (place.folder / "base/shared.spm").read_bytes())
    shown = subprocess.run([PROGRAM, "config", "show", "open.yaml", "--set", "training.init_from=base"], cwd=place.folder,
                           capture_output=True, text=True, check=False)
    checks.that("config show says where the model is from",
                any("dim: 16" in line and "training.init_from" in line for line in shown.stdout.splitlines()), shown)
    for key, value in (("heads", 4), ("norm", "pre"), ("activation", "silu")):
        done = place.train("base.yaml", "refused", "training.init_from=base", f"model.{key}={value}")
        checks.that(f"another model.{key} is refused with its key",
                    done.returncode == 2 and "base" in done.stderr and "in the configuration" in done.stderr, done.stderr)
    checks.that("and leaves nothing", not (place.folder / "refused").exists())


def check_encoder(place, checks):
    done = place.train("open.yaml", "encoder", "training.init_from=base", "training.init_scope=encoder",
                       "model.tie=decoder", "vocabulary={shared: false, size: 60}", "training.freeze=['encoder.*']")
    checks.equal("an encoder alone, with a new target vocabulary, trains", done.returncode, 0)
    before, after = place.tensors("base/model.safetensors"), place.tensors("encoder/model.safetensors")
    checks.equal("the frozen encoder is the other model's", changed(before, after, "encoder."), [])
    same = {name: before[name] for name in before if name.startswith("decoder.") and name in after}
    fresh = changed(same, {name: after[name] for name in same}, "decoder.")
    checks.that("the decoder is new", len(fresh) > len(same) / 2, fresh)
    checks.equal("the source's vocabulary is the other model's", (place.folder / "encoder/source.spm").read_bytes(),
                 (place.folder / "base/shared.spm").read_bytes())
    checks.that("the target's is new", (place.folder / "encoder/target.spm").read_bytes() !=
                (place.folder / "base/shared.spm").read_bytes())
    done = place.train("open.yaml", "refused", "training.init_from=base", "training.init_scope=encoder",
                       "model.position=timing")
    checks.that("an encoder with other positions is refused", done.returncode == 2 and "model.position" in done.stderr,
                done.stderr)


def check_optimizer(place, checks):
    keep = ("training.init_from=base", "training.init_optimizer=keep")
    for name, *more in (("kept",), ("kept_again", "training.max_updates=3")):
        done = place.train("open.yaml", name, *keep, *more)
        checks.equal(f"{name}: training with the optimiser kept works", done.returncode, 0)
    fresh = place.train("open.yaml", "fresh", "training.init_from=base")
    checks.equal("and with a fresh one", fresh.returncode, 0)
    kept = place.tensors("kept/model.safetensors")
    checks.that("the moments matter", changed(place.tensors("fresh/model.safetensors"), kept, "decoder."))
    done = place.train("open.yaml", "kept_again", *keep)
    checks.that("a run with kept moments resumes", done.returncode == 0 and "resuming" in done.stderr, done.stderr)
    checks.equal("and ends bit for bit where the uninterrupted one does",
                 changed(kept, place.tensors("kept_again/model.safetensors"), ""), [])
    checks.equal("moments too", changed(place.tensors("kept/checkpoints/last/training_state.safetensors"),
                                        place.tensors("kept_again/checkpoints/last/training_state.safetensors"), ""), [])
    steps = place.tensors("kept/checkpoints/last/training_state.safetensors")["earlier_steps"]
    checks.equal("the steps of the other run are counted", struct.unpack("<q", steps)[0], 6)
    checks.that("a checkpoint may be the start", place.train(
        "open.yaml", "from_checkpoint", "training.init_from=base/checkpoints/last",
        "training.init_optimizer=keep").returncode == 0)
    for folder in (place.folder / "base/checkpoints").glob("update-*"):
        (folder / "training_state.safetensors").unlink()
    done = place.train("open.yaml", "refused", *keep)
    checks.that("moments that are gone are asked for", done.returncode == 2 and "init_optimizer" in done.stderr,
                done.stderr)


def check_before_and_after(place, checks):
    """Fine-tuning says what the start was worth, and keeps it where nothing is better."""
    data = ("data.valid={source: train.src, target: train.trg}", "validation.every=2", "training.init_from=base")
    loss = ("validation.metrics=[]", "validation.stop.metric=loss")
    done = place.train("open.yaml", "better", *data, *loss)
    checks.equal("tuning with a validation text works", done.returncode, 0)
    records = [json.loads(line) for line in (place.folder / "better/metrics.jsonl").read_text().splitlines()]
    losses = {record["update"]: record["loss"] for record in records if record["kind"] == "valid"}
    checks.equal("the start is validated, too", sorted(losses), [0, 2, 4, 6])
    checks.that("update 0 is in the log", "update 0  validation  loss" in done.stderr, done.stderr)
    best = min(losses, key=losses.get)
    checks.that("the test means something: tuning made the model better", best > 0 and losses[best] < losses[0], losses)
    words = f"best loss on the validation text: {losses[best]:.2f} at update {best}; before: {losses[0]:.2f}"
    checks.that("the end says before and after", words in done.stderr, (words, done.stderr))
    done = place.train("open.yaml", "worse", *data, *loss, "training.schedule.peak=0.9")
    checks.equal("tuning that spoils the model ends well", done.returncode, 0)
    checks.that("and says that nothing was better", "no validation was better than the initial model: loss" in done.stderr,
                done.stderr)
    checks.equal("the model is the start", changed(place.tensors("base/model.safetensors"),
                                                   place.tensors("worse/model.safetensors"), ""), [])
    again = place.train("open.yaml", "worse", *data, *loss, "training.schedule.peak=0.9", "training.max_updates=8")
    checks.that("it goes on later, without validating the start again", again.returncode == 0
                and "update 0  validation" not in again.stderr and "no validation was better" in again.stderr, again.stderr)
    done = place.train("open.yaml", "none", *data, "validation.every=0")
    checks.that("without validation there is none", done.returncode == 0 and "update 0" not in done.stderr, done.stderr)


def check_mistakes(place, checks):
    for assignments, word in ((("training.init_scope=encoder",), "init_scope"),
                              (("training.init_optimizer=keep",), "init_optimizer"),
                              (("training.init_from=base", "training.init_scope=encoder", "training.init_optimizer=keep"),
                               "init_optimizer")):
        done = place.train("base.yaml", "refused", *assignments)
        checks.that(f"{' '.join(assignments)} is refused", done.returncode == 2 and word in done.stderr, done.stderr)
    done = place.train("open.yaml", "refused", "training.init_from=nowhere")
    checks.that("a start that is not there is named", done.returncode == 2 and "nowhere" in done.stderr, done.stderr)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(folder)
        done = place.train("base.yaml", "base")
        if done.returncode != 0:
            sys.exit(done.stderr)
        for check in (check_whole, check_encoder, check_before_and_after, check_mistakes, check_optimizer):
            check(place, checks)
    print(f"{checks.done} checks, {checks.failed} failed")
    sys.exit(1 if checks.failed or checks.done < 25 else 0)


if __name__ == "__main__":
    main()
