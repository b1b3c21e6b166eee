#!/usr/bin/env python3
"""Builds the program without LibTorch and the library for other programs, and holds them to the whole program: the same
translations, scores and links, byte for byte, also from an example that uses the installed library.

Usage: engine_build_test.py PATH_OF_REGARD BUILD_FOLDER (which is kept, so that a second run compiles what changed)
"""
import pathlib
import subprocess
import sys
import tempfile

from checks import Checks

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
BUILD = pathlib.Path(sys.argv[2]).resolve()
CONFIG = """\
output: model
data:
  train: [{source: s, target: t}]
vocabulary: {size: 300}
model: {preset: transformer_tiny, dim: 64, heads: 4, feed_forward: 128}
training: {batch_tokens: 1000, max_updates: 60, schedule: {type: constant, peak: 2.0e-3, warmup: 10}}
validation: {every: 0}
"""
SEARCHES = {
    "beam search": [],
    "greedy search with scores": ["--beam-size", "1", "--scores"],
    "n-best lists": ["--n-best", "3"],
    "int8": ["--precision", "int8", "--beam-size", "3"],
    "sampling": ["--sample", "seed=7"],
    "sentences of a line": ["--split"],
}


def run(*command, cwd=None, text=None):
    return subprocess.run([str(part) for part in command], cwd=cwd, input=text, capture_output=True, text=True, check=False)


def build(checks):
    made = run("cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DREGARD_TORCH=OFF",
               "-DREGARD_TESTS=OFF", "-DREGARD_UNITY=ON", "-DREGARD_WERROR=ON")
    if made.returncode == 0:
        made = run("cmake", "--build", BUILD)
    checks.that("the build without LibTorch", made.returncode == 0, (made.stdout + made.stderr)[-3000:])
    return made.returncode == 0


def check_program(checks, folder, text):
    engine = BUILD / "regard"
    size = engine.stat().st_size
    checks.that("its size", size < 25e6, f"{size} bytes")
    done = run(sys.executable, ROOT / "tests/app/engine_program_test.py", engine)
    checks.that("the program's own tests", done.returncode == 0 and "Ran" in done.stderr, done.stderr)
    for name, options in SEARCHES.items():
        outputs = [run(program, "translate", "model", "--threads", "2", *options, cwd=folder, text=text)
                   for program in (PROGRAM, engine)]
        lines = outputs[0].stdout.count("\n")
        checks.that(name, outputs[0].returncode == 0 and lines >= 40 and outputs[0].stdout == outputs[1].stdout,
                     f"{lines} lines; {outputs[1].stderr[:500]}")
    for name, options in {"links": ["--alignments"], "links of pieces": ["--alignment-unit", "piece", "--alignments"]}.items():
        files = []
        for number, program in enumerate((PROGRAM, engine)):
            run(program, "translate", "model", "--output", f"o{number}", *options, f"links{number}", cwd=folder, text=text)
            found = folder / f"links{number}"
            files.append(found.read_text() if found.exists() else "")
        checks.that(name, files[0] == files[1] and "-" in files[0], f"{len(files[0])} and {len(files[1])} bytes")


def check_library(checks, folder, text):
    prefix = folder / "installed"
    done = run("cmake", "--install", BUILD, "--prefix", prefix)
    checks.that("it is installed", done.returncode == 0 and (prefix / "bin/regard").exists()
                and (prefix / "share/man/man1/regard-translate.1").exists(), done.stderr)
    done = run("cmake", "-S", ROOT / "examples/cpp", "-B", folder / "example", f"-DCMAKE_PREFIX_PATH={prefix}")
    if done.returncode == 0:
        done = run("cmake", "--build", folder / "example")
    checks.that("an example finds and links it", done.returncode == 0, done.stdout + done.stderr)
    example = run(folder / "example/translate_example", "model", cwd=folder, text=text)
    whole = run(PROGRAM, "translate", "model", cwd=folder, text=text)
    checks.that("it translates as the program does", whole.stdout.count("\n") == 40 and example.stdout == whole.stdout,
                 example.stderr)
    wrong = run(folder / "example/translate_example", "nowhere", cwd=folder, text=text)
    checks.that("it names a mistake", wrong.returncode == 1 and "nowhere" in wrong.stderr, wrong.stderr)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for side, file in (("s", "train.de"), ("t", "train.en")):
            lines = (ROOT / "data/quickstart" / file).read_text(encoding="utf-8").splitlines(keepends=True)[:2000]
            (folder / side).write_text("".join(lines), encoding="utf-8")
        (folder / "c.yaml").write_text(CONFIG)
        trained = run(PROGRAM, "train", "c.yaml", cwd=folder)
        checks.that("a model is trained", trained.returncode == 0, trained.stderr)
        text = "".join((folder / "s").read_text(encoding="utf-8").splitlines(keepends=True)[:40])
        if build(checks):
            check_program(checks, folder, text)
            check_library(checks, folder, text)
    print(f"{checks.done - checks.failed} of {checks.done} checks passed")
    return 1 if checks.failed or checks.done < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
