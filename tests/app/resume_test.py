#!/usr/bin/env python3
"""Runs that go on in another place: moved and repacked texts, other batch sizes, file systems without links, other threads.

Usage: resume_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import gzip
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
WORDS = "alfa bravo delta echo golf hotel india kilo lima mike oscar papa romeo sierra".split()
CONFIG = """\
output: run
data:
  source: xx
  target: yy
  train: [{source: train.src, target: train.trg}]
  valid: {source: valid.src, target: valid.trg}
vocabulary: {size: 70}
model: {preset: transformer_tiny, dim: 16, layers: 1, heads: 2, feed_forward: 32}
training: {batch_tokens: 120, schedule: {type: constant, peak: 3.0e-3, warmup: 4}, max_updates: 12}
validation: {every: 6, metrics: [bleu]}
checkpoint: {every: 6, keep_last: 2}
"""
NO_LINKS = """\
#include <errno.h>
int symlink(const char *a, const char *b) { errno = EPERM; return -1; }
int symlinkat(const char *a, int d, const char *b) { errno = EPERM; return -1; }
"""


class Workplace:
    """A folder with a corpus, where commands run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(4)
        for name, count in (("train", 120), ("valid", 8)):
            lines = [[rng.choice(WORDS) for _ in range(rng.randint(2, 7))] for _ in range(count)]
            (self.folder / f"{name}.src").write_text("".join(" ".join(words) + "\n" for words in lines))
            (self.folder / f"{name}.trg").write_text("".join(" ".join(words[::-1]) + "\n" for words in lines))
        (self.folder / "c.yaml").write_text(CONFIG)

    def __truediv__(self, name):
        return self.folder / name

    def regard(self, *arguments, **environment):
        variables = {key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "GOMP_"))}
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, check=False,
                              env={**variables, **environment}, timeout=300)

    def train(self, *assignments, options=("--threads", "1"), config="c.yaml", **environment):
        sets = [f"--set={assignment}" for assignment in assignments]
        return self.regard("train", config, *options, *sets, **environment)

    def state(self, run="run"):
        newest = sorted((self / run / "checkpoints").glob("update-*"))[-1]
        return json.loads((newest / "state.json").read_text())

    def weights(self, run="run"):
        return sorted((self / run / "checkpoints").glob("update-*"))[-1].joinpath("model.safetensors").read_bytes()

    def moved_config(self, names):
        """Writes moved.yaml, in which texts have other names."""
        text = CONFIG
        for old, new in names.items():
            text = text.replace(f" {old}", f" {new}")
        (self / "moved.yaml").write_text(text)
        return "moved.yaml"


def check_moved_texts(checks, place):
    place.train()
    shutil.copytree(place / "run", place / "whole")
    place.train("training.max_updates=20", options=("--threads", "1", "--output", "whole"))
    texts = place / "texts"
    texts.mkdir()
    for name in ("train.src", "train.trg"):
        with gzip.open(texts / f"{name}.gz", "wb") as packed:
            packed.write((place / name).read_bytes())
        (place / name).unlink()
    for name in ("valid.src", "valid.trg"):
        (place / name).rename(texts / f"renamed-{name}")
    config = place.moved_config({"train.src": "texts/train.src.gz", "train.trg": "texts/train.trg.gz",
                                 "valid.src": "texts/renamed-valid.src", "valid.trg": "texts/renamed-valid.trg"})
    done = place.train("training.max_updates=20", config=config, options=("--threads", "1", "--resume", "require"))
    checks.equal("moved, renamed and packed texts resume", done.returncode, 0)
    checks.that("without a warning", "warning" not in done.stderr, done.stderr)
    checks.equal("to update 20", place.state()["update"], 20)
    checks.that("bit for bit as if they had stayed", place.weights() == place.weights("whole"))


def check_changed_training_text(checks, place):
    place.train()
    target = place / "train.trg"
    lines = target.read_text().splitlines(keepends=True)
    target.write_text("".join(lines[1:] + lines[:1]))
    done = place.train("training.max_updates=20")
    checks.equal("another training text ends with 2", done.returncode, 2)
    checks.that("and is named", "data.train[0]: train.trg contains a different text" in done.stderr, done.stderr)
    checks.that("and the source, which is as before, is not", "train.src" not in done.stderr, done.stderr)
    target.write_text("".join(lines))
    source = place / "train.src"
    kept = source.read_text().splitlines(keepends=True)[:60]
    source.write_text("".join(kept))
    target.write_text("".join(lines[:60]))
    done = place.train("training.max_updates=20")
    checks.equal("half of the corpus ends with 2", done.returncode, 2)
    checks.that("and says how many lines there were", "60 lines, it had 120" in done.stderr, done.stderr)
    checks.equal("nothing was done", place.state()["update"], 12)


def check_changed_validation_text(checks, place):
    place.train()
    before = place.state()["best"]
    for side in ("src", "trg"):
        text = (place / f"valid.{side}").read_text().splitlines(keepends=True)
        (place / f"valid.{side}").write_text("".join(text[:5]))
    done = place.train("training.max_updates=18")
    checks.equal("another validation text goes on", done.returncode, 0)
    checks.that("with a warning", "warning: data.valid: not the validation text" in done.stderr, done.stderr)
    best = place.state()["best"]
    checks.that("and a best of its own", before and best and best[0]["update"] == 18, (before, best))
    done = place.train("training.max_updates=20")
    checks.that("which is warned of once", "warning" not in done.stderr, done.stderr)


def check_other_batches(checks, place):
    place.train()
    before = place.state()
    checks.that("the run is inside of an epoch", before["batch"] > 0, before)
    done = place.train("training.max_updates=13", "training.batch_tokens=60", "training.accumulate=2")
    checks.equal("smaller batches go on", done.returncode, 0)
    for key, old, new in (("batch_tokens", 120, 60), ("accumulate", 1, 2)):
        checks.that(f"with a warning of {key}", f"training.{key}: the run in run has {old}, now {new}" in done.stderr,
                    done.stderr)
    after = place.state()
    share = (after["batch"] - 2) / before["batch"]
    checks.that("from the same share of the epoch", after["epoch"] == before["epoch"] and 1.6 < share < 2.5,
                (before, after))
    checks.equal("the size of the batches is stored", after["batch_tokens"], 60)


def check_no_links(checks, place):
    (place / "no.c").write_text(NO_LINKS)
    if shutil.which("cc") is None:
        checks.that("there is a C compiler", False)
        return
    subprocess.run(["cc", "-shared", "-fPIC", "-o", "no.so", "no.c"], cwd=place.folder, check=True)
    preload = {"LD_PRELOAD": str(place / "no.so")}
    done = place.train(**preload)
    checks.equal("a file system without links is trained on", done.returncode, 0)
    checks.equal("with one warning", done.stderr.count("has no symbolic links"), 1)
    last = place / "run/checkpoints/last"
    checks.that("last is a file", last.is_file() and not last.is_symlink())
    for model in ("run", "run/checkpoints/last", "run/checkpoints/best"):
        done = place.regard("translate", model, "--threads", "1", "--input", "valid.src")
        checks.equal(f"{model} translates", (done.returncode, len(done.stdout.splitlines())), (0, 8))
    done = place.train("training.max_updates=14", **preload)
    checks.equal("and it resumes", (done.returncode, place.state()["update"]), (0, 14))
    done = place.train("training.max_updates=16")
    checks.that("where there are links again, they are made", done.returncode == 0 and last.is_symlink(), done.stderr)


def check_copied_links(checks, place):
    place.train()
    shutil.copytree(place / "run", place / "copy")  # follows links
    checkpoints = place / "copy/checkpoints"
    checks.that("the copy has folders in place of links",
                all((checkpoints / name).is_dir() and not (checkpoints / name).is_symlink() for name in ("last", "best")))
    (checkpoints / "update-00000012").rename(place / "elsewhere")  # only `last` has it now
    done = place.train("training.max_updates=14", options=("--threads", "1", "--output", "copy", "--resume", "require"))
    checks.equal("the copy resumes", (done.returncode, place.state("copy")["update"]), (0, 14))
    checks.that("and has links again", all((checkpoints / name).is_symlink() for name in ("last", "best")))
    (checkpoints / "last").unlink()
    (checkpoints / "last").mkdir()
    (checkpoints / "last/notes.txt").write_text("mine")
    done = place.train("training.max_updates=16", options=("--threads", "1", "--output", "copy"))
    checks.equal("a folder that is no checkpoint is refused", done.returncode, 2)
    checks.that("and stays", (checkpoints / "last/notes.txt").is_file())


def check_threads(checks, place):
    place.train(options=(), OMP_NUM_THREADS="1")
    checks.equal("OMP_NUM_THREADS is the number of threads", place.state()["threads"], 1)
    done = place.train("training.max_updates=14", options=(), OMP_NUM_THREADS="2")
    checks.equal("a resumed run keeps its number", place.state()["threads"], 1)
    checks.that("and says so", "threads: 1 as before" in done.stderr, done.stderr)
    done = place.train("training.max_updates=16", options=("--threads", "2"))
    checks.equal("unless it is told another one", place.state()["threads"], 2)
    checks.that("which is warned of", "warning: the run was trained with 1 threads, now 2" in done.stderr, done.stderr)
    for command in ("train", "translate", "score", "evaluate", "encode", "decode", "average", "info", "attend", "compare"):
        done = place.regard(command, "--help")
        checks.that(f"{command} has --threads", "--threads" in done.stdout, done.stdout)


def main():
    checks = Checks()
    for check in (check_moved_texts, check_changed_training_text, check_changed_validation_text, check_other_batches,
                  check_no_links, check_copied_links, check_threads):
        with tempfile.TemporaryDirectory() as folder:
            print(check.__name__)
            check(checks, Workplace(folder))
    print(f"{checks.done} checks, {checks.failed} failed")
    return 1 if checks.failed or not checks.done else 0


if __name__ == "__main__":
    sys.exit(main())
