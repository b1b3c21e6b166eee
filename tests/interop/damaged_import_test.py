#!/usr/bin/env python3
"""Gives `regard import marian-hf` damaged and hostile directories: each must get one clear error and leave nothing.

Usage: damaged_import_test.py PATH_OF_REGARD. Needs the standard library alone. Every case is a sound directory with one
thing changed; the sound one is imported first. Prints what failed and how many cases ran; exits 1 if any failed.
"""
import pathlib
import re
import resource
import shutil
import sys
import tempfile

import damaged_files
import small_marian
from regard_program import Regard

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "app"))
from checks import Checks  # noqa: E402

ADDRESS_SPACE = 16 << 30  # bytes for the program; a sound directory takes a fraction
SECONDS = 60
TRACES = ("terminate called", "c10::", "std::", "what():", "internal:", "Exception raised", "frame #", ".cpp",
          "Traceback", "basic_string", "unknown exception", "Assertion", "yaml-cpp", "[json.exception", "bad_alloc")


def complaint(result, problems):
    """What is wrong with the program's answer to a damaged directory; empty = nothing."""
    lines = result.stderr.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    wrong = []
    if result.returncode != 2:
        wrong.append(f"exit code {result.returncode}")
    if not 1 <= len(errors) <= problems:
        wrong.append(f"{len(errors)} error lines")
    if any(trace in result.stderr for trace in TRACES):
        wrong.append("a trace of a crash")
    if any(len(line) > 2000 for line in lines):
        wrong.append("a line of more than 2000 characters")
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", result.stderr):
        wrong.append("raw control characters")
    if result.stdout:
        wrong.append("standard output")
    return ", ".join(wrong)


class Importer:
    """Imports copies of a sound directory, each with one change."""

    def __init__(self, regard, place, checks):
        self.regard, self.place, self.checks = regard, place, checks
        self.sound = place / "sound"

    def run_import(self, folder):
        out = self.place / "imported" / "out"
        out.parent.mkdir(exist_ok=True)
        return out, self.regard.run("import", "marian-hf", folder, out, seconds=SECONDS)

    def check_sound(self):
        out, result = self.run_import(self.sound)
        self.checks.that("the sound directory is imported", result.returncode == 0, result.stderr)
        text = self.regard.translate(out, ["Anna schläft."]) if result.returncode == 0 else []
        self.checks.that("and translates a line", len(text) == 1, text)
        shutil.rmtree(out, ignore_errors=True)

    def check(self, case):
        folder = self.place / "damaged"
        shutil.copytree(self.sound, folder)
        case.damage(folder)
        out, result = self.run_import(folder)
        wrong = complaint(result, case.problems)
        left = sorted(path.name for path in out.parent.iterdir())
        if left:
            wrong += f" left behind: {left}"
        missing = [part for part in case.parts if part not in result.stderr]
        if missing:
            wrong += f" not in the message: {missing}"
        self.checks.that(case.name, not wrong, f"{wrong}\n{result.stderr[:1500]}")
        shutil.rmtree(folder)
        shutil.rmtree(out.parent)


def make_pieces(regard, place):
    """The SentencePiece model of a run of one update."""
    regard.train(place / "run", "model={dim: 16, heads: 2, layers: 1, feed_forward: 16}", "vocabulary.size=120",
                 "training.max_updates=1")
    return (place / "run" / "shared.spm").read_bytes()


def main():
    regard, checks = Regard(sys.argv[1]), Checks()
    # What a size from a damaged file asks for shall fail at once instead of filling the machine's memory.
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, resource.getrlimit(resource.RLIMIT_AS)[1]))
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        small_marian.write_directory(place / "sound", make_pieces(regard, place))
        importer = Importer(regard, place, checks)
        importer.check_sound()
        for case in damaged_files.cases():
            importer.check(case)
    print(f"{checks.done} checks, {checks.failed} failed")
    return 1 if checks.failed or checks.done < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
