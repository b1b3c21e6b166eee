#!/usr/bin/env python3
"""Gives a model with few learned positions lines that are longer: every command names them and goes on.

Usage: long_lines_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import pathlib
import random
import subprocess
import sys
import tempfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
WORDS = "alfa bravo delta echo golf hotel india kilo lima mike oscar papa romeo sierra".split()
POSITIONS = 24
CONFIG = f"""\
output: run
data:
  source: de
  target: en
  train: [{{source: source, target: target}}]
  max_length: {POSITIONS - 1}
vocabulary: {{size: 70}}
model: {{dim: 16, layers: 1, heads: 2, feed_forward: 32, position: learned, max_positions: {POSITIONS}}}
training: {{batch_tokens: 150, max_updates: 3, schedule: {{warmup: 2}}}}
validation: {{every: 0}}
"""
SHORT, LONG = "alfa bravo", "delta golf " * 60


class Workplace:
    """A temporary folder with a corpus and a model, where commands run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(4)
        lines = [[rng.choice(WORDS) for _ in range(rng.randint(2, 7))] for _ in range(60)]
        self.write("source", [" ".join(words) for words in lines])
        self.write("target", [" ".join(words[::-1]) for words in lines])
        (self.folder / "c.yaml").write_text(CONFIG)

    def write(self, name, lines):
        (self.folder / name).write_text("".join(line + "\n" for line in lines))

    def run(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)


def check_exports(checks, work):
    """The sentences of the check fit the positions."""
    for command in (["ctranslate2", "run", "ct2"], ["ctranslate2", "run", "ct2-int8", "--quantization", "int8"],
                    ["argos", "run", "a.argosmodel"]):
        result = work.run("export", *command)
        checks.that(f"export {' '.join(command)}", result.returncode == 0 and "verified" in result.stderr, result.stderr)


def check_scores(checks, work):
    work.write("a", [SHORT, LONG, SHORT, ""])
    work.write("b", [SHORT, SHORT, LONG, ""])
    result = work.run("score", "run", "--source", "a", "--target", "b", "--threads", "1")
    scores = [float(line) for line in result.stdout.split()]
    checks.that("score: a number for each line", result.returncode == 0 and len(scores) == 4, result.stderr)
    checks.that("score: each line that was cut is named once", result.stderr.count("was cut") == 2
                and "a:2: " in result.stderr and "b:3: " in result.stderr, result.stderr)
    work.write("a", [SHORT, SHORT, SHORT])
    work.write("b", [SHORT, SHORT[:4], ""])
    result = work.run("score", "run", "--source", "a", "--target", "b", "--threads", "1")
    checks.that("score: short lines are whole", "was cut" not in result.stderr, result.stderr)
    checks.that("score: long lines change no other's", abs(float(result.stdout.split()[0]) - scores[0]) < 1e-3,
                (result.stdout, scores))


def check_translations(checks, work):
    work.write("a", [SHORT, LONG, SHORT, SHORT])
    work.write("p", ["", "kilo", LONG, "lima mike"])
    for extra in ([], ["--beam-size", "1"], ["--reference"], ["--max-length", "4"], ["--n-best", "2"],
                  ["--sample", "seed=2"]):
        result = work.run("translate", "run", "--input", "a", "--prefix", "p", "--threads", "1", *extra)
        lines = result.stdout.splitlines()
        if "--n-best" in extra:  # the best of each line
            lines = [next(line for line in lines if line.startswith(f"{i} ||| ")) for i in range(4)]
        checks.that(f"translate {extra}: lines and prefixes of any length",
                    result.returncode == 0 and len(lines) == 4, result.stderr)
        checks.that(f"translate {extra}: what was cut is named", result.stderr.count("was cut") == 2
                    and "a:2: the line" in result.stderr and "p:3: the prefix" in result.stderr, result.stderr)
        starts = ["", "kilo", "delta golf", "lima mike"]
        texts = [line.split(" ||| ")[1] for line in lines] if "--n-best" in extra else lines
        checks.that(f"translate {extra}: translations begin with their prefixes",
                    len(texts) == 4 and all(map(str.startswith, texts, starts)), texts)
    result = work.run("attend", "run", "--source", "a", "--target", "p", "--threads", "1")
    checks.that("attend: lines of any length", result.returncode == 0 and result.stdout.count("\n") == 4, result.stderr)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        work = Workplace(folder)
        trained = work.run("train", "c.yaml", "--threads", "1")
        checks.that("a model with few positions is trained", trained.returncode == 0, trained.stderr)
        check_exports(checks, work)
        check_scores(checks, work)
        check_translations(checks, work)
    print(f"{checks.done} checks, {checks.failed} failed")
    return 1 if checks.failed or checks.done < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
