#!/usr/bin/env python3
"""Configures runs with regard init as a user does, and trains with what it wrote.

Usage: init_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import gzip
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
CORPUS = pathlib.Path("data/quickstart").resolve()
WORDS = "alfa bravo delta echo golf hotel india kilo lima mike oscar papa romeo sierra".split()


class Workplace:
    """A temporary folder with a corpus of 300 different lines, where commands run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(7)
        lines = list({" ".join(rng.choice(WORDS) for _ in range(rng.randint(4, 9))) for _ in range(400)})
        lines = sorted(lines)[:300]
        rng.shuffle(lines)
        self.lines = lines
        self.write("small.de", lines)
        self.write("small.en", [" ".join(reversed(line.split())) for line in lines])

    def write(self, name, lines):
        (self.folder / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8").split("\n")[:-1]

    def run(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)

    def init(self, *arguments):
        return self.run("init", *arguments)


def refused(checks, claim, done, *words):
    checks.that(f"{claim} is refused with {' and '.join(words)}", done.returncode == 2
                and done.stderr.startswith("error: ") and all(word in done.stderr for word in words), done)


def check_small(place, checks):
    done = place.init("--source", "small.de", "--target", "small.en")
    checks.equal("300 lines are configured", done.returncode, 0)
    checks.that("in a few lines that end with the next command", done.stderr.count("\n") <= 7
                and done.stderr.endswith("train with: regard train de_en.yaml\n"), done.stderr)
    checks.equal("nothing goes to standard output", done.stdout, "")
    checks.equal("the texts lie next to the configuration", sorted(path.name for path in place.folder.glob("*_data/*")),
                 ["train.de", "train.en", "valid.de", "valid.en"])
    train, valid = place.read("de_en_data/train.de"), place.read("de_en_data/valid.de")
    checks.equal("a tenth is for validation", len(valid), 30)
    checks.equal("every line is in one of the two", sorted(train + valid), sorted(place.lines))
    pairs = dict(zip(place.lines, place.read("small.en"), strict=True))
    cut = zip(train + valid, place.read("de_en_data/train.en") + place.read("de_en_data/valid.en"), strict=True)
    checks.that("lines still belong together", all(pairs[source] == target for source, target in cut))
    text = (place.folder / "de_en.yaml").read_text()
    checks.that("the configuration is short and explained", len(text.splitlines()) <= 32
                and text.count("#") > 12, text)
    checks.that("it names languages by the files", "  source: de\n" in text and "  target: en\n" in text, text)
    checks.equal("it passes regard config check", place.run("config", "check", "de_en.yaml").returncode, 0)
    first = (place.folder / "de_en_data/valid.de").read_bytes()
    refused(checks, "a second call", place.init("--source", "small.de", "--target", "small.en"),
            "de_en.yaml", "--overwrite")
    again = place.init("--source", "small.de", "--target", "small.en", "--overwrite")
    checks.that("with --overwrite it writes the same", again.returncode == 0
                and (place.folder / "de_en_data/valid.de").read_bytes() == first
                and (place.folder / "de_en.yaml").read_text() == text, again)
    done = place.run("train", "de_en.yaml", "--threads", "1", "--set", "training.max_updates=60",
                     "--set", "training.schedule.warmup=20", "--set", "validation.every=30")
    checks.equal("training with it works as it stands", done.returncode, 0)
    checks.that("and validates", re.search(r"update 30  validation  loss", done.stderr), done.stderr)
    checks.that("no warning is left", "warning" not in done.stderr, done.stderr)


def check_quickstart(place, checks):
    done = place.init("--source", CORPUS / "train.de", "--target", CORPUS / "train.en", "--valid-source",
                      CORPUS / "valid.de", "--valid-target", CORPUS / "valid.en", "--output", "quick.yaml")
    checks.equal("the bundled corpus with its validation text is configured", done.returncode, 0)
    checks.that("nothing is copied", not (place.folder / "quick_data").exists())
    done = place.run("train", "quick.yaml", "--dry-run")
    checks.that("its dry run works", done.returncode == 0 and "20,000 of 20,000 pairs" in done.stderr, done.stderr)
    done = place.run("train", "quick.yaml", "--threads", "2", "--set", "training.max_updates=2", "--set",
                     "validation.every=0")
    checks.equal("training with it works", done.returncode, 0)
    text = (place.folder / "quick.yaml").read_text()
    size = re.search(r"max_updates: (\d+) +# about (\d+) epochs", text)
    batches = re.search(r"batches: ([\d,]+) of", place.run("train", "quick.yaml", "--dry-run", "--output",
                                                           "other").stderr)
    checks.that("the counts of the run were found", size and batches, text)
    if size and batches:
        real = int(size[1]) / int(batches[1].replace(",", ""))
        checks.that(f"as many epochs as it says ({size[2]}, really {real:.0f})",
                    0.6 < real / int(size[2]) < 1.6)


def check_doubles(place, checks):
    place.write("double.de", place.lines[:200] + place.lines[:100] + place.lines[:10])
    place.write("double.en", place.read("small.en")[:200] + ["other"] * 110)
    done = place.init("--source", "double.de", "--target", "double.en", "--output", "double.yaml")
    train, valid = place.read("double_data/train.de"), place.read("double_data/valid.de")
    checks.that("of a corpus with doubles", done.returncode == 0 and len(valid) >= 15, done)
    checks.equal("no line is in both texts", set(train) & set(valid), set())
    checks.equal("no line of the validation text comes twice", len(set(valid)), len(valid))
    place.write("flat.de", ["the same line"] * 300)
    place.write("flat.en", place.lines)
    refused(checks, "a corpus of one sentence", place.init("--source", "flat.de", "--target", "flat.en", "--output",
                                                           "flat.yaml"), "flat.de", "--valid-source")
    checks.that("and leaves nothing", not list(place.folder.glob("flat*y*ml")) and not list(place.folder.glob("flat_*")))
    done = place.init("--source", "small.de", "--target", "small.en", "--valid-source", "double.de", "--valid-target",
                      "double.en", "--output", "overlap.yaml")
    checks.that("a given validation text that is trained on is told", done.returncode == 0
                and "warning: 200 training pairs have a source line of double.de" in done.stderr, done.stderr)


def check_inputs(place, checks):
    for side in ("de", "en"):
        data = (place.folder / f"small.{side}").read_bytes()
        (place.folder / f"packed.{side}.gz").write_bytes(gzip.compress(data))
    done = place.init("--source", "packed.de.gz", "--target", "packed.en.gz", "--output", "packed.yaml")
    checks.that("compressed text is read, and languages are seen in its name", done.returncode == 0
                and "source: de" in (place.folder / "packed.yaml").read_text(), done)
    checks.equal("and cut as plain text", place.read("packed_data/valid.de"), place.read("de_en_data/valid.de"))
    place.write("a b, c.txt", place.lines)
    place.write("it's {x}.txt", place.read("small.en"))
    done = place.init("--source", "a b, c.txt", "--target", "it's {x}.txt", "--valid-source", "small.de",
                      "--valid-target", "small.en")
    checks.that("odd names work, and unknown languages are told", done.returncode == 0
                and "--source-language" in done.stderr and done.stderr.endswith("regard train regard.yaml\n"), done)
    checks.equal("odd names can be trained on", place.run("train", "regard.yaml", "--dry-run").returncode, 0)
    done = place.init("--source", "a b, c.txt", "--target", "it's {x}.txt", "--source-language", "fr",
                      "--target-language", "no")
    checks.that("languages can be given", done.returncode == 0 and (place.folder / "fr_no_data/train.no").exists()
                and place.run("train", "fr_no.yaml", "--dry-run").returncode == 0, done)
    place.write("kanji.zh", ["漢字" * (2 + i % 5) + chr(0x4e00 + 7 * i) + chr(0x5000 + 3 * i) for i in range(300)])
    done = place.init("--source", "kanji.zh", "--target", "small.en")
    checks.that("text without spaces works", done.returncode == 0
                and place.run("train", "zh_en.yaml", "--dry-run").returncode == 0, done)
    (place.folder / "bytes.de").write_bytes((place.folder / "small.de").read_bytes().replace(b"alfa", b"alf\xff", 3))
    done = place.init("--source", "bytes.de", "--target", "small.en", "--output", "bytes.yaml")
    checks.that("bytes that are no UTF-8 are told, and training works", done.returncode == 0 and "UTF-8" in done.stderr
                and place.run("train", "bytes.yaml", "--dry-run").returncode == 0, done)
    done = place.init("--source", "bytes.de", "--target", "small.en", "--output", "bytes2.yaml", "--valid-source",
                      "small.de", "--valid-target", "small.en")
    checks.that("also where nothing is copied", done.returncode == 0
                and place.run("train", "bytes2.yaml", "--dry-run").returncode == 0, done)


def check_tuning(place, checks):
    base = ("training.max_updates=30", "validation.every=30", "checkpoint.every=30")
    done = place.run("train", "de_en.yaml", "--overwrite", *(word for key in base for word in ("--set", key)))
    checks.equal("a model to start from", done.returncode, 0)
    place.write("own.de", place.lines[:120])
    place.write("own.en", [line.upper() for line in place.read("small.en")[:120]])
    done = place.init("--source", "own.de", "--target", "own.en", "--from", "runs/de_en")
    checks.that("fine-tuning is configured", done.returncode == 0
                and done.stderr.endswith("regard train de_en_tuned.yaml\n"), done)
    text = (place.folder / "de_en_tuned.yaml").read_text()
    checks.that("with the model's sizes and vocabulary", "init_from: runs/de_en" in text and "preset" not in text
                and "vocabulary:\n" not in text, text)
    checks.that("and a tenth of its rate", "peak: 0.0002" in text and "peak: 0.002" in
                (place.folder / "de_en.yaml").read_text(), text)
    checks.equal("it passes regard config check", place.run("config", "check", "de_en_tuned.yaml").returncode, 0)
    done = place.run("train", "de_en_tuned.yaml", "--threads", "1")
    checks.that("training with it works as it stands, from before update 1 to before/after", done.returncode == 0
                and "update 0  validation" in done.stderr
                and ("; before: " in done.stderr or "better than the initial model" in done.stderr), done.stderr)
    checks.that("no warning is left", "warning" not in done.stderr, done.stderr)
    done = place.init("--source", "own.en", "--target", "own.de", "--from", "runs/de_en")
    checks.that("a text the wrong way round is told", done.returncode == 0
                and "translates de to en, but the text is en to de" in done.stderr, done)
    refused(checks, "a model that is not there", place.init("--source", "own.de", "--target", "own.en", "--from",
                                                            "runs/none", "--output", "x.yaml"), "runs/none")


def check_mistakes(place, checks):
    place.write("short.en", place.lines[:299])
    place.write("tiny.de", place.lines[:9])
    place.write("tiny.en", place.lines[1:10])
    place.write("empty.de", [])
    place.write("empty.en", [])
    (place.folder / "folder").mkdir()
    (place.folder / "mine_data").mkdir()
    place.write("mine_data/notes.txt", ["mine"])
    for claim, arguments, words in (
            ("no target", ("--source", "small.de"), ("--target",)),
            ("no text", (), ("--source",)),
            ("one side of a validation text", ("--source", "small.de", "--target", "small.en", "--valid-source", "x"),
             ("--valid-target",)),
            ("a missing file", ("--source", "none.de", "--target", "small.en"), ("none.de",)),
            ("a folder", ("--source", "folder", "--target", "small.en"), ("folder",)),
            ("one file twice", ("--source", "small.de", "--target", "./small.de"), ("both source and target",)),
            ("files of different length", ("--source", "small.de", "--target", "short.en"), ("small.de:300", "1 line")),
            ("an empty file", ("--source", "empty.de", "--target", "empty.en"), ("empty.de", "empty")),
            ("nine lines", ("--source", "tiny.de", "--target", "tiny.en"), ("tiny.de", "9 pairs")),
            ("an output in no folder", ("--source", "small.de", "--target", "small.en", "--output", "no/x.yaml"), ("no",)),
            ("an output that is a folder", ("--source", "small.de", "--target", "small.en", "--output", "folder/"),
             ("folder/",)),
            ("a folder with other things", ("--source", "small.de", "--target", "small.en", "--output", "mine.yaml",
                                            "--overwrite"), ("notes.txt",)),
            ("the cut text itself", ("--source", "de_en_data/train.de", "--target", "de_en_data/train.en", "--output",
                                     "de_en.yaml", "--overwrite"), ("would be overwritten",))):
        before = sorted(str(path) for path in place.folder.rglob("*"))
        # What an earlier call wrote would be the first mistake.
        output = () if "--output" in arguments else ("--output", "mistaken.yaml")
        refused(checks, claim, place.init(*arguments, *output), *words)
        checks.equal(f"{claim}: nothing was written", sorted(str(path) for path in place.folder.rglob("*")), before)
    done = place.init("--sizes")
    checks.that("--sizes prints the table of the guide", done.returncode == 0 and done.stdout.startswith("| training pairs")
                and done.stdout in pathlib.Path("docs/guide.md").read_text(encoding="utf-8"), done.stdout)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(folder)
        for check in (check_small, check_quickstart, check_doubles, check_inputs, check_tuning, check_mistakes):
            check(place, checks)
    print(f"{checks.done} checks, {checks.failed} failed")
    sys.exit(1 if checks.failed or checks.done < 60 else 0)


if __name__ == "__main__":
    main()
