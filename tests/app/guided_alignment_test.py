#!/usr/bin/env python3
"""Guided alignment, as a user asks for it: links of the corpus teach one head, and translate reads them there.

Usage: guided_alignment_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import pathlib
import random
import subprocess
import sys
import tempfile

from checks import Checks

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
WORDS = [("der", "the"), ("hund", "dog"), ("katze", "cat"), ("sieht", "sees"), ("haus", "house"), ("rot", "red"),
         ("klein", "small"), ("und", "and"), ("baum", "tree"), ("mann", "man")]
CONFIG = """\
output: run
data:
  train: [{source: s, target: t, alignments: links}]
vocabulary: {size: 60}
model: {preset: transformer_tiny, dim: 32, layers: 1, heads: 2, feed_forward: 64}
training: {batch_tokens: 600, max_updates: 200, schedule: {type: constant, peak: 3.0e-3, warmup: 10},
           guided_alignment: {weight: 1, head: 1}}
validation: {every: 0}
"""


def write_lines(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines))


class Workplace:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(1)
        sources, targets, links = [], [], []
        for _ in range(400):
            pairs = [rng.choice(WORDS) for _ in range(rng.randint(3, 7))]
            sources.append(" ".join(source for source, _ in pairs))
            # Each translation is said backwards, so that no attention finds its links by position.
            targets.append(" ".join(target for _, target in reversed(pairs)))
            links.append(" ".join(f"{len(pairs) - 1 - i}-{i}" for i in range(len(pairs))))
        for name, lines in [("s", sources), ("t", targets), ("links", links)]:
            write_lines(self.folder / name, lines)
        (self.folder / "c.yaml").write_text(CONFIG)
        self.gold = [set(line.split()) for line in links]
        self.sources, self.targets = sources, targets

    def regard(self, *arguments, text=None):
        return subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, input=text, capture_output=True,
                              text=True, check=False)

    def share_right(self, *options):
        """Links that `score` finds for the first 50 pairs, as a share of the true ones and of all."""
        write_lines(self.folder / "s50", self.sources[:50])
        write_lines(self.folder / "t50", self.targets[:50])
        self.regard("score", "run", "--source", "s50", "--target", "t50", "--alignments", "found", "--output", "scores",
                    *options)
        found = [set(line.split()) for line in (self.folder / "found").read_text().splitlines()]
        if len(found) != 50:
            return 0.0
        right = sum(len(a & b) for a, b in zip(found, self.gold))
        return right / sum(map(len, self.gold[:50]))


def check_training(checks, place):
    done = place.regard("train", "c.yaml")
    checks.that("train with links", done.returncode == 0, done.stderr)
    taught, other = place.share_right(), place.share_right("--alignment-head", "0")
    checks.that("links are read where they were taught", taught > 0.8, f"{taught:.2f} of the links are right")
    checks.that("they are not in the other head", other < taught - 0.2, f"{other:.2f} and {taught:.2f}")
    again = place.regard("train", "c.yaml", "--set", "training.max_updates=210")
    checks.that("a guided run is resumed", again.returncode == 0 and "resuming" in again.stderr, again.stderr)
    write_lines(place.folder / "links", ["0-0"] * 400)
    changed = place.regard("train", "c.yaml", "--set", "training.max_updates=220")
    checks.that("other links are warned of", changed.returncode == 0 and "alignments" in changed.stderr,
                 changed.stderr)


def check_own_links(checks, place):
    (place.folder / "own.yaml").write_text(CONFIG.replace("alignments: links", "alignments: auto").replace("output: run",
                                                                                                           "output: own"))
    rehearsed = place.regard("train", "own.yaml", "--dry-run")
    checks.that("a dry run makes links and leaves none",
                rehearsed.returncode == 0 and "aligning s and t" in rehearsed.stderr
                and not (place.folder / "own").exists(), rehearsed.stderr)
    done = place.regard("train", "own.yaml")
    checks.that("train makes its own links", done.returncode == 0 and "aligning s and t" in done.stderr, done.stderr)
    found = list((place.folder / "own/.cache").glob("*.own_links"))
    lines = found[0].read_text().splitlines() if len(found) == 1 else []
    right = sum(len(set(line.split()) & gold) for line, gold in zip(lines, place.gold))
    share = right / sum(map(len, place.gold))
    checks.that("they are those of the words", len(lines) == 400 and share > 0.8, f"{len(lines)} lines, {share:.2f} right")
    again = place.regard("train", "own.yaml", "--set", "training.max_updates=204")
    checks.that("a resumed run uses them again", again.returncode == 0 and "resuming" in again.stderr
                and "aligning" not in again.stderr, again.stderr)
    with open(place.folder / "t", "a", encoding="utf-8") as target, open(place.folder / "s", "a", encoding="utf-8") as source:
        source.write("hund\n")
        target.write("dog\n")
    other = place.regard("train", "own.yaml", "--set", "output=third")
    checks.that("another text gets other links", other.returncode == 0 and "aligning s and t" in other.stderr, other.stderr)
    for name, lines in (("s", place.sources), ("t", place.targets)):
        write_lines(place.folder / name, lines)


def check_mistakes(checks, place):
    def refused(name, settings, *words):
        arguments = [word for setting in settings for word in ("--set", setting)]
        done = place.regard("train", "c.yaml", "--set", "output=other", *arguments)
        text = done.stderr
        checks.that(name, done.returncode == 2 and all(word in text for word in words), text)

    links = place.folder / "links"
    write_lines(links, ["0-0"] * 399)
    refused("too few links", [], "links", "399")
    write_lines(links, ["0-0"] * 399 + ["0-9"])
    refused("a link outside its pair", [], "links:400", "0-9")
    refused("a missing file", ["data.train=[{source: s, target: t, alignments: lnks}]"], "data.train[0].alignments",
            "did you mean links?")
    write_lines(links, ["0-0"] * 400)
    refused("a head that is not there", ["training.guided_alignment.head=2"], "guided_alignment.head", "use 0 to 1")
    (place.folder / "without.yaml").write_text(CONFIG.replace(", alignments: links", ""))
    done = place.regard("config", "check", "without.yaml")
    checks.that("options without links are refused",
                 done.returncode == 2 and "training.guided_alignment.head: has no effect" in done.stderr, done.stderr)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(folder)
        check_training(checks, place)
        check_own_links(checks, place)
        check_mistakes(checks, place)
    print(f"{checks.done - checks.failed} of {checks.done} checks passed")
    return 1 if checks.failed or checks.done == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
