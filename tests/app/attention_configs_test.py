#!/usr/bin/env python3
"""Trains every model of configs/attention for 20 updates on a few sentences, translates with it and looks into it.

Usage: attention_configs_test.py PATH_OF_REGARD [NAME...]. Prints what it checks; exits 1 if anything failed.
"""
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs" / "attention"
UPDATES = 20
STEP = r"decoder\.step_attention"
SELF = r"encoder\..*self_attention"
CROSS = r"decoder\..*cross_attention"
# Name -> the maps that its model must have, and how many.
MAPS = {
    "no_attention": {},
    "rnnsearch": {STEP: 1},
    "luong_dot": {STEP: 1},
    "luong_general": {STEP: 1},
    "luong_concat": {STEP: 1},
    "luong_local_m": {STEP: 1},
    "luong_local_p": {STEP: 1},
    "hard_sample": {STEP: 1},
    "hard_gumbel": {STEP: 1},
    "transformer": {SELF: 3, CROSS: 3},
    "conv_self_attention": {SELF: 3, CROSS: 3},
    "rnn_self_attention": {SELF: 2, CROSS: 3},
    "directional": {SELF: 2, CROSS: 3},
    "average_attention": {SELF: 3, CROSS: 3},
}
WINDOW = 5  # of the local configs
SMALL = ["training.batch_tokens=96", f"training.max_updates={UPDATES}", "training.log_every=1",
         "training.ema=0", "training.schedule.warmup=5", "validation={every: 0}", "checkpoint={every: 1000}",
         "vocabulary.size=300",
         "data.train=[{source: train.en, target: train.de}]", "data.valid={source: valid.en, target: valid.de}"]


class Checks:
    """Counts what was checked, and prints what failed."""

    def __init__(self):
        self.done = 0
        self.failed = 0

    def that(self, claim, holds, detail=""):
        self.done += 1
        if not holds:
            self.failed += 1
            print(f"FAILED {claim}\n       {str(detail)[:2000]}", flush=True)
        return holds


def write_corpus(folder):
    """The first short pairs of the bundled corpus: 100 to train on, 5 to translate."""
    sides = [(ROOT / f"data/quickstart/train.{side}").read_text(encoding="utf-8").splitlines() for side in ("en", "de")]
    pairs = [pair for pair in zip(*sides) if all(4 <= len(text.split()) <= 8 for text in pair)][:105]
    assert len(pairs) == 105, len(pairs)
    for name, part in (("train", pairs[:100]), ("valid", pairs[100:])):
        for side, lines in zip(("en", "de"), zip(*part)):
            (folder / f"{name}.{side}").write_text("\n".join(lines) + "\n", encoding="utf-8")


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = path, folder
        # Threads that wait for each other must not do so by turning in circles on a busy machine.
        self.environment = dict(os.environ, GOMP_SPINCOUNT="1000")

    def __call__(self, *arguments, stdin=""):
        return subprocess.run([self.path, *map(str, arguments)], cwd=self.folder, env=self.environment, input=stdin,
                              capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)


def check_files(checks):
    names = {path.stem for path in CONFIGS.glob("*.yaml")}
    checks.that(f"{len(MAPS)} configs are there", len(MAPS) == 14 and names == set(MAPS), names ^ set(MAPS))
    page = (ROOT / "docs" / "attention.md").read_text(encoding="utf-8")
    for name in MAPS:
        text = (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8")
        comment = text[:text.index("\noutput: ")]
        checks.that(f"{name}: a comment of its own says source, equation and differences",
                    all(line.startswith("#") for line in comment.splitlines())
                    and re.search(r"et al\. 20\d\d|[A-Z]\w+ 20\d\d, \"", comment)
                    and " = " in comment and "# Differs from the paper:" in comment, comment)
        checks.that(f"{name}: writes to a folder of its name", f"\noutput: runs/attention/{name}\n" in text)
        checks.that(f"{name}: docs/attention.md shows it", f"configs/attention/{name}.yaml" in page)


def check_training(checks, program, name):
    """20 updates: numbers that are finite, and a loss that falls."""
    arguments = [item for assignment in SMALL for item in ("--set", assignment)]
    done = program("train", CONFIGS / f"{name}.yaml", "--output", name, *arguments)
    if not checks.that(f"{name}: trains", done.returncode == 0, done.stderr):
        return False
    records = [json.loads(line) for line in (program.folder / name / "metrics.jsonl").read_text().splitlines()]
    updates = [record for record in records if record["kind"] == "train"]
    losses = [record["loss"] for record in updates]
    norms = [record["gradient_norm"] for record in updates]
    checks.that(f"{name}: {UPDATES} updates", len(losses) == UPDATES, len(losses))
    checks.that(f"{name}: finite losses and gradients",
                all(isinstance(value, float) and math.isfinite(value) and value > 0 for value in losses + norms),
                updates)
    first, last = sum(losses[:3]) / 3, sum(losses[-5:]) / 5
    print(f"{name}: loss {first:.2f} -> {last:.2f}", flush=True)
    return checks.that(f"{name}: the loss falls", last < first - 0.2, losses)


def check_translation(checks, program, name):
    lines = (program.folder / "valid.en").read_text(encoding="utf-8")
    done = program("translate", name, "--beam-size", 2, stdin=lines)
    checks.that(f"{name}: five lines in, five lines out", done.returncode == 0 and done.stdout.count("\n") == 5,
                (done.returncode, done.stdout, done.stderr))


def allowed_sum(name, map_name, row):
    """The smallest and the largest sum that a row of weights may have."""
    if name == "luong_local_p":
        return 0.0, 1.0
    if name == "directional" and map_name.startswith("encoder."):
        return (0.0, 0.0) if sum(row) == 0 else (1.0, 1.0)  # the first or the last word looks at nothing
    return 1.0, 1.0


def check_weights(checks, name, found):
    """Rows are distributions, and nothing lies outside of the mask or the window."""
    rows = [row for head in found["weights"] for row in head]
    claim = f"{name}: {found['name']}"
    if not checks.that(f"{claim} has numbers", len(rows) > 1 and all(len(row) > 1 for row in rows), found):
        return
    bounds = [(allowed_sum(name, found["name"], row), sum(row)) for row in rows]
    checks.that(f"{claim}: rows sum to 1",
                all(low - 0.01 <= total <= high + 0.01 for (low, high), total in bounds), bounds)
    if name == "luong_local_m":
        outside = [weight for t, row in enumerate(rows) for s, weight in enumerate(row)
                   if abs(s - min(t, len(row) - 1)) > WINDOW]
        checks.that(f"{claim}: 0 outside of the window", outside and not any(outside), outside)
    if name == "luong_local_p":
        widths = [sum(weight > 0 for weight in row) for row in rows]
        checks.that(f"{claim}: a window, times a Gaussian",
                    max(widths) <= 2 * WINDOW + 1 and min(map(sum, rows)) < 0.99, (widths, rows))
    if name.startswith("hard_"):
        checks.that(f"{claim}: one place each", all(sorted(row)[-2:] == [0.0, 1.0] for row in rows), rows)


def check_direction(checks, maps):
    """One branch of the directional encoder sees earlier words only, the other later ones."""
    sides = set()
    for found in maps:
        for head in found["weights"]:
            earlier = any(weight for i, row in enumerate(head) for weight in row[:i])
            later = any(weight for i, row in enumerate(head) for weight in row[i:])
            sides.add((earlier, later))
    checks.that("directional: one branch looks back, the other ahead", sides == {(True, False), (False, True)}, sides)


def check_maps(checks, program, name):
    done = program("attend", name, "--source", "valid.en", "--target", "valid.de", "--lines", 2)
    if not MAPS[name]:
        checks.that(f"{name}: attend says that there is nothing to see",
                    done.returncode == 2 and "attention" in done.stderr, (done.returncode, done.stdout, done.stderr))
        return
    if not checks.that(f"{name}: attend", done.returncode == 0 and done.stdout.count("\n") == 2, done.stderr):
        return
    maps = json.loads(done.stdout.splitlines()[0])["maps"]
    names = [found["name"] for found in maps]
    for pattern, count in MAPS[name].items():
        matching = [found for found in maps if re.fullmatch(pattern, found["name"])]
        checks.that(f"{name}: {count} maps {pattern}", len(matching) == count, names)
        for found in matching:
            check_weights(checks, name, found)
    if name == "directional":
        check_direction(checks, [found for found in maps if re.fullmatch(SELF, found["name"])])


def main():
    program_path = pathlib.Path(sys.argv[1]).resolve()
    chosen = sys.argv[2:] or list(MAPS)
    checks = Checks()
    check_files(checks)
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = pathlib.Path(name_of_folder)
        write_corpus(folder)
        program = Program(program_path, folder)
        for name in chosen:
            start = time.monotonic()
            done = program("config", "check", CONFIGS / f"{name}.yaml")
            if checks.that(f"{name}: config check", done.returncode == 0, done.stderr) and \
                    check_training(checks, program, name):
                check_translation(checks, program, name)
                check_maps(checks, program, name)
            print(f"{name}: {time.monotonic() - start:.1f} s", flush=True)
    print(f"{checks.done} checks, {checks.failed} failed")
    return 1 if checks.failed or checks.done < 7 * len(chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
