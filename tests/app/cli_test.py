#!/usr/bin/env python3
"""Runs the program as a user does: exit codes, error lines, streams, training and resuming.

Usage: cli_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import json
import math
import os
import pathlib
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

from checks import Checks

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/regard").resolve()
WORDS = "alfa bravo delta echo golf hotel india kilo lima mike oscar papa romeo sierra".split()
CONFIG = """\
output: run
data:
  source: xx
  target: yy
  train:
    - {source: train.src, target: train.trg}
  valid: {source: valid.src, target: valid.trg}
vocabulary: {size: 70}
model:
  dim: 16
  layers: 1
  heads: 2
  feed_forward: 32
  dropout: {residual: 0.1, embedding: 0.1}
training:
  batch_tokens: 150
  schedule: {peak: 5.0e-3, warmup: 10}
  max_updates: 30
  log_every: 10
validation: {every: 10, metrics: [bleu], stop: {patience: 0}}
checkpoint: {every: 10, keep_last: 9}
decoding: {beam_size: 4}
"""


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __str__(self):
        return f"exit {self.code}\nout: {self.out[:1500]!r}\nerr: {self.err[:1500]}"


class Workplace:
    """A temporary folder with corpora and a configuration, where commands run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(4)
        for name, count in (("train", 60), ("valid", 12)):
            pairs = [self.sentence(rng) for _ in range(count)]
            self.write(f"{name}.src", "".join(" ".join(words) + "\n" for words in pairs))
            self.write(f"{name}.trg", "".join(" ".join(words[::-1]) + "\n" for words in pairs))
        self.write("toy.yaml", CONFIG)

    @staticmethod
    def sentence(rng):
        return [rng.choice(WORDS) for _ in range(rng.randint(2, 7))]

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name):
        return (self.folder / name).read_bytes()

    def run(self, *arguments, stdin=b"", stdout=subprocess.PIPE):
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, input=stdin,
                              stdout=stdout, stderr=subprocess.PIPE, timeout=300, check=False)
        return Result(done.returncode, done.stdout or b"", done.stderr.decode("utf-8", "replace"))

    def start(self, *arguments):
        return subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=self.folder,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def train(self, output, *arguments):
        return self.run("train", "toy.yaml", "--threads", 1, "--output", output, *arguments)

    def names(self):
        """Everything in the folder, hidden files included."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))


def tensors_of(path):
    """The bytes of each tensor of a safetensors file by name."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    body = data[8 + size:]
    return {name: (tensor["shape"], body[slice(*tensor["data_offsets"])])
            for name, tensor in header.items() if name != "__metadata__"}


def error_lines(result):
    return [line for line in result.err.splitlines() if line.startswith("error: ")]


def expect_error(checks, place, claim, result, code, *parts):
    """One error line with these parts and a fix (where a file is not there, that says it all)."""
    lines = error_lines(result)
    holds = (result.code == code and len(lines) == 1 and all(part in lines[0] for part in parts)
             and ("Fix: " in lines[0] or lines[0].endswith(": No such file or directory."))
             and "internal" not in result.err)
    checks.that(f"{place}: {claim}", holds, f"wanted {code} {parts}\n{result}")


def check_config_errors(checks, work):
    before = work.names()

    def refuse(claim, old, new, *parts):
        assert old in CONFIG, old
        work.write("bad.yaml", CONFIG.replace(old, new))
        for command in (["config", "check"], ["train"]):
            result = work.run(*command, "bad.yaml")
            expect_error(checks, " ".join(command), claim, result, 2, *parts)
        (work.folder / "bad.yaml").unlink()

    refuse("an unknown key is named with its place and the nearest key", "warmup: 10",
           "warmpu: 10", "error: bad.yaml:17:", "training.schedule.warmpu", "warmup")
    refuse("a wrong type is named with its place", "dim: 16", "dim: wide",
           "error: bad.yaml:10:3: model.dim: ", "wide")
    refuse("heads that do not divide are named with the fix", "heads: 2", "heads: 3",
           "error: bad.yaml:12:3: model.heads: 3 does not divide model.dim = 16", "Fix: use 2.")
    refuse("a value out of range", "max_updates: 30", "max_updates: -1",
           "bad.yaml:18:3: training.max_updates: ")
    result = work.run("config", "check", "bad.yaml")
    expect_error(checks, "config check", "a missing file is named", result, 2, "bad.yaml")
    work.write("bad.yaml", CONFIG.replace("dim: 16", "dim: x").replace("heads: 2", "heads: y"))
    result = work.run("config", "check", "bad.yaml")
    checks.that("config check: all mistakes at once, one line each",
                result.code == 2 and len(error_lines(result)) == 2, result)
    (work.folder / "bad.yaml").unlink()
    result = work.run("train", "toy.yaml", "--set", "model.layer=3")
    expect_error(checks, "train --set", "an unknown key", result, 2, "--set", "model.layer")
    checks.equal("train: nothing is created on a configuration error", work.names(), before)


def check_data_errors(checks, work):
    before = work.names()
    result = work.run("train", "toy.yaml", "--set", "data.valid.source=missing.src")
    expect_error(checks, "train", "a missing corpus is named", result, 2, "missing.src")
    short = work.read("train.trg").splitlines(keepends=True)[:-1]
    work.write("short.trg", b"".join(short))
    corpus = "data.train=[{source: train.src, target: short.trg}]"
    for extra in ([], ["--dry-run"]):
        result = work.run("train", "toy.yaml", "--set", corpus, *extra)
        expect_error(checks, "train " + "".join(extra), "unequal corpora are named with the line",
                     result, 2, "error: train.src:60: 1 line more than short.trg (59)")
    work.write("short.trg", b"\xc3\x28 oops\n" + work.read("train.trg").split(b"\n", 1)[1])
    result = work.run("train", "toy.yaml", "--set", corpus)
    expect_error(checks, "train", "invalid UTF-8 is named with line and byte", result, 2,
                 "error: short.trg:1: ")
    (work.folder / "short.trg").unlink()
    result = work.run("train", "toy.yaml", "--output", "new/deep/run", "--set",
                      "vocabulary.size=5000")
    expect_error(checks, "train", "a vocabulary that the text cannot fill", result, 2,
                 "vocabulary.size")
    result = work.run("train", "toy.yaml", "--output", "toy.yaml")
    expect_error(checks, "train", "an output that is a file", result, 2, "toy.yaml")
    result = work.run("train", "toy.yaml", "--device", "tpu")
    checks.equal("train: an unknown option is refused", result.code, 2)
    result = work.run("train", "toy.yaml", "--set", "device=tpu")
    expect_error(checks, "train", "an unknown device", result, 2, "tpu")
    checks.equal("train: nothing is created on a data error", work.names(), before)
    result = work.run("train", "toy.yaml", "--dry-run")
    checks.that("train --dry-run: exit 0 and sizes on standard error",
                result.code == 0 and "parameters" in result.err and result.out == b"", result)
    checks.equal("train --dry-run: writes nothing", work.names(), before)


def check_usage(checks, work):
    for arguments, part in ((["tranlate"], "tranlate"), (["translate"], "MODEL"),
                            (["translate", "run", "--beem-size", "3"], "--beem-size"),
                            (["translate", "run", "--beam-size", "0"], "--beam-size"),
                            (["config", "show"], "CONFIG")):
        result = work.run(*arguments)
        expect_error(checks, "regard " + " ".join(arguments), "is refused", result, 2, part.lower()
                     if part in ("MODEL", "CONFIG") else part)
    result = work.run("config", "show", "--nonsense")
    expect_error(checks, "regard config show --nonsense", "points to the right help", result, 2,
                 "regard config show --help")
    result = work.run("--help")
    checks.that("--help: exit 0, on standard output",
                result.code == 0 and b"translate" in result.out and not result.err, result)
    result = work.run("--version")
    checks.that("--version", result.code == 0
                and re.fullmatch(rb"regard \d+\.\d+\.\d+\S*\n", result.out), result)


def check_training(checks, work):
    result = work.train("run")
    checks.that("train: exit 0, nothing on standard output",
                result.code == 0 and result.out == b"", result)
    run = work.folder / "run"
    for name in ("config.yaml", "model.safetensors", "shared.spm", "train.log", "metrics.jsonl",
                 "curves.svg", "checkpoints/last/state.json", "checkpoints/best/model.safetensors",
                 "checkpoints/update-00000030/training_state.safetensors"):
        checks.that(f"train: writes {name}", (run / name).is_file())
    checks.that("train: leaves no temporary files",
                not [name for name in work.names() if "tmp" in name or name.endswith(".lock")],
                work.names())
    records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    checks.equal("train: metrics.jsonl has a line per measurement",
                 [(record["kind"], record["update"]) for record in records],
                 [(kind, update) for update in (10, 20, 30) for kind in ("train", "valid")])
    losses = [record["loss"] for record in records if record["kind"] == "valid"]
    checks.that("train: the validation loss falls", losses[2] < losses[0], losses)
    result = work.train("run")
    checks.that("train: a finished run has nothing to do",
                result.code == 0 and "nothing to do" in result.err, result)
    checks.equal("train: a finished run stays as it is",
                 [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()],
                 records)
    odd = "it's \"odd\" \\ here"
    result = work.train(odd, "--set", "training.max_updates=2")
    checks.that("train: --output takes any name",
                result.code == 0 and (work.folder / odd / "model.safetensors").is_file(), result)
    shutil.rmtree(work.folder / odd, ignore_errors=True)


def check_resume(checks, work):
    result = work.train("once", "--set", "training.max_updates=40")
    checks.equal("train: 40 updates", result.code, 0)
    result = work.train("twice", "--set", "training.max_updates=20")
    checks.equal("train: 20 updates", result.code, 0)
    shutil.move(work.folder / "twice", work.folder / "moved")
    result = work.train("moved", "--set", "training.max_updates=40")
    checks.that("train: a moved run goes on", result.code == 0 and "resuming" in result.err
                and "after update 20" in result.err, result)
    for name in ("model.safetensors", "checkpoints/update-00000040/model.safetensors",
                 "checkpoints/update-00000040/training_state.safetensors"):
        once, twice = (tensors_of(work.folder / run / name) for run in ("once", "moved"))
        checks.that(f"resume: {name} equals that of one go, bit for bit",
                    len(once) > 10 and once == twice)
    steps = [[(record["kind"], record["update"], record["loss"]) for record in
              map(json.loads, (work.folder / run / "metrics.jsonl").read_text().splitlines())]
             for run in ("once", "moved")]
    checks.equal("resume: metrics.jsonl has the same losses", steps[1], steps[0])

    for key, value in (("data.max_length", "50"), ("model.layers", "2"), ("seed", "2")):
        result = work.train("moved", "--set", f"{key}={value}")
        named = "model." if key.startswith("model") else key
        expect_error(checks, "resume", f"another {key} is refused by name", result, 2, named)
    result = work.train("moved", "--set", "training.max_updates=41", "--set",
                        "training.label_smoothing=0.2")
    checks.that("resume: another label_smoothing is a warning", result.code == 0
                and "warning: training.label_smoothing" in result.err, result)
    before = tensors_of(work.folder / "moved/model.safetensors")
    result = work.train("moved", "--resume", "never")
    expect_error(checks, "--resume never", "refuses to touch a run", result, 2, "--overwrite")
    result = work.train("none", "--resume", "require")
    expect_error(checks, "--resume require", "wants a run", result, 2, "none")
    checks.that("--resume require: creates nothing", not (work.folder / "none").exists())
    result = work.train("moved", "--overwrite", "--set", "vocabulary.size=5000")
    checks.that("--overwrite: an error leaves the old run in its place", result.code == 2
                and tensors_of(work.folder / "moved/model.safetensors") == before, result)
    result = work.train("moved", "--overwrite", "--set", "training.max_updates=3", "--set",
                        "checkpoint.every=1")
    checks.that("--overwrite: starts from scratch", result.code == 0 and sorted(
        path.name for path in (work.folder / "moved/checkpoints").glob("update-*")) ==
        [f"update-0000000{update}" for update in (1, 2, 3)], result)
    checks.that("--overwrite: the old run is gone after the first save",
                not (work.folder / "moved.old").exists(), work.names())
    process = work.start("train", "toy.yaml", "--threads", "1", "--output", "moved", "--overwrite",
                         "--set", "training.max_updates=1000000", "--set", "validation.every=0",
                         "--set", "checkpoint.every=1000000", "--set", "training.log_every=1")
    old = tensors_of(work.folder / "moved/model.safetensors")
    log = read_until(process, b"update 3 ")
    process.kill()
    process.communicate(timeout=60)
    aside = work.folder / "moved.old/model.safetensors"
    checks.that("--overwrite: the old run is still there before the first save",
                b"update 3 " in log and aside.exists() and tensors_of(aside) == old, log)
    result = work.train("moved", "--set", "training.max_updates=4")
    checks.that("train: a run that was killed before its first save starts again",
                result.code == 0 and "resuming" not in result.err
                and (work.folder / "moved/checkpoints/update-00000004").is_dir(), result)
    flip_byte(work.folder / "once/checkpoints/update-00000040/model.safetensors")
    result = work.train("once", "--set", "training.max_updates=42")
    checks.that("resume: a damaged checkpoint is named and the one before is taken",
                result.code == 0 and "warning: corrupt checkpoint" in result.err
                and "after update 30" in result.err, result)


def check_init_from(checks, work):
    start = ["--set", "training.init_from=run", "--set", "vocabulary.source=run/shared.spm"]
    result = work.train("tuned", *start, "--set", "training.max_updates=2", "--set",
                        "training.schedule.peak=1e-12")
    mine, base = (tensors_of(work.folder / name / "model.safetensors") for name in ("tuned", "run"))
    name = "encoder.embedding.weight"
    near = result.code == 0 and all(
        abs(a - b) < 1e-6 for a, b in zip(*(struct.unpack(f"<{len(t[name][1]) // 4}f", t[name][1])
                                            for t in (mine, base))))
    checks.that("init_from: starts from the weights of another model", near, result)
    result = work.train("tuned", *start, "--set", "training.max_updates=3", "--set",
                        "training.schedule.peak=1e-12")
    checks.that("init_from: a resume goes on from its own weights", result.code == 0
                and "after update 2" in result.err, result)
    os.rename(work.folder / "run", work.folder / "away")
    result = work.train("tuned", *start, "--set", "training.max_updates=4", "--set",
                        "training.schedule.peak=1e-12")
    os.rename(work.folder / "away", work.folder / "run")
    checks.that("init_from: a resume does not need the other model", result.code == 0
                and "after update 3" in result.err, result)


def check_kill(checks, work):
    """A signal saves; the next session goes on."""
    process = work.start("train", "toy.yaml", "--threads", "1", "--output", "stopped", "--set",
                         "training.max_updates=1000000", "--set", "validation.every=0", "--set",
                         "checkpoint.every=1000000", "--set", "training.log_every=5")
    log = read_until(process, b"update 20 ")
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=120)
    err = (log + rest).decode()
    found = re.search(r"stopped by SIGTERM after update (\d+)", err)
    checks.that("SIGTERM: exit 143 after a save", process.returncode == 143 and found,
                f"exit {process.returncode}\n{err}")
    update = int(found.group(1)) if found else 0
    folders = [path.name for path in (work.folder / "stopped/checkpoints").glob("update-*")]
    checks.equal("SIGTERM: one checkpoint, of that update", folders, [f"update-{update:08d}"])
    result = work.train("stopped", "--set", f"training.max_updates={update + 3}", "--set",
                        "validation.every=0", "--set", "training.log_every=1")
    checks.that("SIGTERM: the next session goes on from there", result.code == 0
                and f"after update {update}" in result.err
                and f"update {update + 3} " in result.err, result)


def read_until(process, text):
    """The log of a process up to a line with `text`."""
    deadline = time.time() + 120
    log = b""
    while text not in log and time.time() < deadline:
        line = process.stderr.readline()
        if not line:
            break
        log += line
    return log


def flip_byte(path):
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.unlink()
    path.write_bytes(data)


def check_bad_models(checks, work):
    result = work.run("translate", "nowhere")
    expect_error(checks, "translate", "no such model directory", result, 2, "nowhere")
    (work.folder / "empty").mkdir()
    result = work.run("translate", "empty")
    expect_error(checks, "translate", "not a model directory", result, 2, "empty")
    for claim, damage in (("cut weights", lambda path: os.truncate(path, 3000)),
                          ("cut to nothing", lambda path: os.truncate(path, 0)),
                          ("a flipped bit in the weights", flip_byte),
                          ("missing weights", os.unlink)):
        shutil.copytree(work.folder / "run", work.folder / "hurt", symlinks=True)
        damage(work.folder / "hurt/model.safetensors")
        result = work.run("translate", "hurt", stdin=b"alfa\n")
        expect_error(checks, "translate", claim, result, 2, "hurt/model.safetensors")
        checks.equal(f"translate: {claim}: no output", result.out, b"")
        shutil.rmtree(work.folder / "hurt")
    shutil.copytree(work.folder / "run", work.folder / "hurt", symlinks=True)
    shutil.copy(work.folder / "once/shared.spm", work.folder / "hurt/shared.spm")
    same = work.read("once/shared.spm") == work.read("run/shared.spm")
    checks.that("vocabulary: equal text gives equal vocabularies", same)
    (work.folder / "hurt/shared.spm").unlink()
    result = work.run("translate", "hurt", stdin=b"alfa\n")
    expect_error(checks, "translate", "a missing vocabulary", result, 2, "hurt")
    shutil.rmtree(work.folder / "hurt")
    shutil.rmtree(work.folder / "empty")


def check_streams(checks, work):
    def translate(stdin, *arguments):
        return work.run("translate", "run", "--threads", 1, *arguments, stdin=stdin)

    source = work.read("valid.src")
    plain = translate(source)
    lines = plain.out.split(b"\n")
    checks.that("translate: a line in, a line out", plain.code == 0 and len(lines) == 13
                and lines[-1] == b"" and plain.err == "", plain)
    answers = dict(zip(source.splitlines(), lines))
    one, two = source.splitlines()[:2]
    checks.that("translate: the model says something", bool(answers[one] and answers[two]), plain)
    cases = (
        ("blank lines stay blank", b"\n" + one + b"\n\n  \n" + two + b"\n\n",
         [b"", answers[one], b"", b"", answers[two], b""]),
        ("no final newline", one + b"\n" + two, [answers[one], answers[two]]),
        ("CRLF", one + b"\r\n" + two + b"\r\n\r\n", [answers[one], answers[two], b""]),
        ("a byte order mark", b"\xef\xbb\xbf" + one + b"\n", [answers[one]]),
        ("empty input", b"", []),
        ("one empty line", b"\n", [b""]),
    )
    for claim, stdin, expected in cases:
        result = translate(stdin)
        checks.equal(f"translate: {claim}", (result.code, result.out),
                     (0, b"".join(line + b"\n" for line in expected)))
    result = translate(one + "\u2028".encode() + two + b"\f\x0b\x85\n" + two + b"\n")
    checks.that("translate: U+2028 and form feeds are no line ends", result.code == 0
                and result.out.count(b"\n") == 2
                and result.out.split(b"\n")[1] == answers[two], result)
    result = translate(b"alfa \xff\xc3 bravo\n" + two + b"\n")
    checks.that("translate: invalid UTF-8 is replaced with a warning", result.code == 0
                and result.out.split(b"\n")[1] == answers[two]
                and "warning: standard input:1: " in result.err and "UTF-8" in result.err, result)
    result = translate(two + b"\nalfa \xff bravo\n", "--strict")
    expect_error(checks, "translate --strict", "invalid UTF-8 is refused", result, 2,
                 "standard input:2: ")
    result = translate(b"alfa " * 5000 + b"\n" + two + b"\n")
    checks.that("translate: a line that is too long is cut with a warning", result.code == 0
                and result.out.count(b"\n") == 2 and result.out.split(b"\n")[1] == answers[two]
                and "warning: " in result.err and "cut" in result.err, result)
    for extra in (["--batch-tokens", 1], ["--batch-tokens", 37], ["--batch-tokens", 100000]):
        checks.equal(f"translate: the same with {' '.join(map(str, extra))}",
                     translate(source, *extra).out, plain.out)
    result = translate(b"", "--input", "valid.src", "--output", "out.trg")
    checks.that("translate: the same from file to file", result.code == 0 and result.out == b""
                and work.read("out.trg") == plain.out, result)
    result = translate(b"", "--input", "valid.src", "--output", "valid.src")
    expect_error(checks, "translate", "output = input is refused", result, 2, "valid.src")
    checks.equal("translate: output = input leaves the file", work.read("valid.src"), source)
    result = translate(b"", "--input", "valid.src", "--output", "run")
    expect_error(checks, "translate", "an output that is a directory", result, 2, "run")
    result = translate(b"", "--input", "nothing.src", "--output", "out2.trg")
    expect_error(checks, "translate", "a missing input", result, 2, "nothing.src")
    checks.that("translate: a missing input makes no output",
                not (work.folder / "out2.trg").exists())
    for model in ("run/checkpoints/last", "run/checkpoints/update-00000030", "run/"):
        result = work.run("translate", model, "--threads", 1, stdin=one + b"\n")
        checks.that(f"translate: MODEL may be {model}", result.code == 0
                    and result.out.count(b"\n") == 1, result)
    return source, answers


def check_pipe(checks, work, answers):
    """Each answer comes before the next line is sent."""
    process = work.start("translate", "run", "--threads", "1")
    got = []
    for line in list(answers)[:3]:
        process.stdin.write(line + b"\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], 60)
        got.append(process.stdout.readline().rstrip(b"\n") if ready else None)
    process.stdin.close()
    checks.equal("translate: a caller gets each answer before the next line", got,
                 [answers[line] for line in list(answers)[:3]])
    checks.equal("translate: ends with the input", (process.wait(timeout=60),
                                                    process.stdout.read()), (0, b""))


def check_lists(checks, work, source, answers):
    one, two = source.splitlines()[:2]
    result = work.run("translate", "run", "--threads", 1, "--n-best", 3,
                      stdin=one + b"\n\n" + two + b"\n")
    entries = [line.split(b" ||| ") for line in result.out.splitlines()]
    checks.equal("--n-best: numbers of the lines; a blank one has one entry",
                 [entry[0] for entry in entries], [b"0"] * 3 + [b"1"] + [b"2"] * 3)
    checks.that("--n-best: four columns", all(len(entry) == 4 for entry in entries), result)
    checks.equal("--n-best: the first is the translation", (entries[0][1], entries[4][1]),
                 (answers[one], answers[two]))
    checks.equal("--n-best: the blank line", entries[3][1:3], [b"", b"F0= 0"])
    scores = [float(entry[3]) for entry in entries]
    checks.that("--n-best: best first, scores below zero",
                scores[0] >= scores[1] >= scores[2] and scores[0] < 0, scores)
    result = work.run("translate", "run", "--n-best", 5, "--beam-size", 2)
    expect_error(checks, "translate", "more than the beam holds", result, 2, "--n-best")
    result = work.run("translate", "run", "--threads", 1, "--scores", stdin=one + b"\n\n")
    rows = [line.split(b"\t") for line in result.out.split(b"\n")[:-1]]
    checks.that("--scores: score, tab, text", len(rows) == 2 and rows[0][1] == answers[one]
                and abs(float(rows[0][0]) - scores[0]) < 1e-4 and rows[1] == [b"0", b""], result)
    result = work.run("translate", "run", "--max-length", 1, stdin=one + b"\n")
    pieces = work.run("encode", "run", stdin=result.out)
    checks.that("--max-length: limits the subwords", result.code == 0
                and len(pieces.out.split()) <= 1, pieces)
    for arguments in (["--max-length", "many"], ["--length-penalty", "harsh"]):
        result = work.run("translate", "run", *arguments)
        expect_error(checks, "translate", " ".join(arguments), result, 2, arguments[1])


def check_search_options(checks, work, source, answers):
    def translate(*arguments):
        return work.run("translate", "run", "--threads", 1, *arguments, stdin=source)

    count = source.count(b"\n")
    prefixes = [b"golf hotel", b""] * (count // 2)
    work.write("prefixes", b"\n".join(prefixes) + b"\n")
    for extra in ([], ["--beam-size", 1], ["--sample", "top_k=5"]):
        result = translate("--prefix", "prefixes", *extra)
        lines = result.out.splitlines()
        checks.that(f"--prefix {extra}: each translation begins with its own",
                    result.code == 0 and len(lines) == count
                    and all(line.startswith(prefix) for line, prefix in zip(lines, prefixes)), result)
    without = translate("--prefix", "prefixes").out.splitlines()[1::2]
    checks.equal("--prefix: a blank one changes nothing", without,
                 [answers[line] for line in source.splitlines()[1::2]])
    for name, text, part in (("short", b"golf\n", "fewer lines"), ("long", b"golf\n" * 99, "more lines")):
        work.write(name, text)
        expect_error(checks, "--prefix", f"a file with {part}", translate("--prefix", name), 2, name, part)
    first, again = (translate("--sample", "temperature=2.0,seed=5").out for _ in range(2))
    other = translate("--sample", "temperature=2.0,seed=6").out
    single = translate("--sample", "temperature=2.0,seed=5", "--batch-tokens", 1).out
    checks.that("--sample: the seed decides, the batch does not", first == again == single != other
                and first.count(b"\n") == count, (first, other, single))
    drawn = translate("--sample", "temperature=2.0", "--n-best", 3).out.splitlines()
    checks.that("--sample: with --n-best several draws", len(drawn) == 3 * count
                and len({line.split(b" ||| ")[1] for line in drawn}) > count, drawn[:6])
    greedy = translate("--beam-size", 1).out
    checks.equal("--sample: top_k=1 is greedy", translate("--sample", "top_k=1").out, greedy)
    for bad in ("temperature=0", "top_p=0", "top_k=-1", "heat=3", "temperature", ""):
        expect_error(checks, "--sample", f"'{bad}'", translate("--sample", bad), 2, "is not an option")
    expect_error(checks, "--sample", "with a beam", translate("--sample", "top_k=3", "--beam-size", 4),
                 2, "--beam-size")
    words = translate("--no-repeat-ngram", 1).out.splitlines()
    checks.that("--no-repeat-ngram 1: no piece twice", len(words) == count, words)
    for line in work.run("encode", "run", stdin=b"\n".join(words) + b"\n").out.splitlines():
        pieces = line.split()
        checks.that("--no-repeat-ngram 1: " + line.decode(), len(pieces) == len(set(pieces)))


def check_precision(checks, work, source, answers):
    def translate(model, *arguments):
        return work.run("translate", model, "--threads", 1, *arguments, stdin=source)

    expected = [answers[line] for line in source.splitlines()]
    checks.equal("--reference: LibTorch's own operations say the same", translate("run", "--reference").out.splitlines(),
                 expected)
    for precision in ("float32", "bfloat16", "float16", "int8"):
        result = translate("run", "--precision", precision)
        same = sum(a == b for a, b in zip(result.out.splitlines(), expected))
        checks.that(f"--precision {precision}: {same} of {len(expected)} lines the same",
                    result.code == 0 and result.out.count(b"\n") == len(expected)
                    and same >= (len(expected) if precision == "float32" else len(expected) // 2), result)
    expect_error(checks, "--precision", "another word", translate("run", "--precision", "int4"), 2, "int4")
    expect_error(checks, "--reference", "with int8", translate("run", "--reference", "--precision", "int8"), 2, "int8")
    expect_error(checks, "--precision", "a model that cannot be packed", translate("mechanism", "--precision", "int8"), 2,
                 "--precision: int8", "float32")


def check_alignments(checks, work, source, answers):
    text = b"\n" + source
    for extra in ([], ["--alignment-layer", 0], ["--alignment-layer", 0, "--alignment-head", 1]):
        result = work.run("translate", "run", "--threads", 1, "--alignments", "links", *extra, stdin=text)
        outputs, links = result.out.split(b"\n"), work.read("links").split(b"\n")
        checks.that(f"--alignments {extra}: a line for each translation, the translations unchanged",
                    result.code == 0 and len(links) == len(outputs)
                    and outputs[1:] == [answers[line] for line in source.splitlines()] + [b""], result)
        checks.that("--alignments: a blank line for a blank line", links[0] == b"", links)
        for line, output, pairs in zip(text.split(b"\n"), outputs, links):
            linked = [tuple(map(int, pair.split(b"-"))) for pair in pairs.split()]
            checks.that(f"--alignments: each word of '{output.decode()}' is linked to a source word",
                        [target for _, target in linked] == list(range(len(output.split())))
                        and all(0 <= word < len(line.split()) for word, _ in linked), pairs)
    result = work.run("translate", "run", "--alignments", "none", "--alignment-layer", 7, stdin=source)
    expect_error(checks, "--alignments", "a layer that is not there", result, 2, "alignment layer 7")
    result = work.run("translate", "run", "--alignments", "none", "--alignment-head", 9, stdin=source)
    expect_error(checks, "--alignments", "a head that is not there", result, 2, "alignment head 9")
    checks.that("--alignments: no file after an error", "none" not in work.names())
    result = work.run("translate", "run", "--alignment-head", 1, stdin=source)
    expect_error(checks, "--alignments", "a head without a file", result, 2, "--alignments")


def check_attend(checks, work, source, answers):
    def attend(*arguments):
        return work.run("attend", "run", "--threads", 1, "--source", "valid.src", *arguments)

    result = attend("--lines", 0)
    rows = [json.loads(line) for line in result.out.splitlines()]
    names = [f"{side}.0.{kind}" for side, kind in
             (("encoder", "self_attention"), ("decoder", "self_attention"), ("decoder", "cross_attention"))]
    checks.that("attend: a line of JSON for each sentence, with every attention", result.code == 0
                and len(rows) == 12 and [m["name"] for m in rows[0]["maps"]] == names, result)
    pieces = work.run("encode", "run", stdin=source).out.decode().splitlines()
    checks.equal("attend: the source's subwords and an end-of-sentence token", [row["source"] for row in rows],
                 [line.split() + ["</s>"] for line in pieces])
    sums = [sum(weights) for row in rows for m in row["maps"] for head in m["weights"] for weights in head]
    checks.that("attend: weights are distributions", len(sums) > 100
                and all(abs(total - 1) < 1e-3 for total in sums), sums[:9])
    cross = rows[0]["maps"][2]["weights"]
    checks.that("attend: a map for each head, a row for each target piece, a column for each source piece",
                len(cross) == 2 and {len(head) for head in cross} == {len(rows[0]["target"])}
                and {len(line) for head in cross for line in head} == {len(rows[0]["source"])})
    work.write("forced.trg", "golf hotel\n" * 12)
    forced = attend("--target", "forced.trg")
    texts = ["".join(json.loads(line)["target"][:-1]).replace("\u2581", " ").strip()
             for line in forced.out.splitlines()]
    checks.equal("attend: --target is what the model is made to say", texts, ["golf hotel"] * 12)
    work.run("translate", "run", "--threads", 1, "--input", "valid.src", "--output", "own.trg",
             "--alignments", "own.links")
    result = attend("--gold", "own.links", "--output", "page.html")
    page = work.read("page.html").decode()
    checks.that("attend: the model's own links have no error", "alignment error rate 0.0000" in result.err, result)
    checks.that("attend: a page that needs no network", result.code == 0 and "<html" in page
                and "http://" not in page and "https://" not in page, page[:300])
    result = attend("--output", "map.svg", "--line", 2, "--head", 1)
    checks.that("attend: a picture of one map", result.code == 0
                and work.read("map.svg").startswith(b"<") and b"</svg>" in work.read("map.svg"), result)
    for claim, arguments, parts in (
            ("another kind of file", ["--output", "map.png"], ["map.png"]),
            ("a map that is not there", ["--map", "decoder.5"], ["decoder.5"]),
            ("a head that is not there", ["--head", 7], ["7"]),
            ("a line that is not there", ["--output", "x.svg", "--line", 99], ["valid.src"]),
            ("a target of another length", ["--target", "train.trg", "--lines", 0], ["train.trg"]),
            ("too few gold lines", ["--gold", "short"], ["short"]),
            ("the source as output", ["--output", "valid.src.json", "--gold", "nowhere"], ["nowhere"])):
        expect_error(checks, "attend", claim, attend(*arguments), 2, *parts)


FULL_FORM = """{dim: 16, position: learned, max_positions: 300, tie: decoder, encoder: {blocks: {sublayers: [
{self_attention: {heads: 2, score: %s, mask: %s}}, {ffn: {hidden: 24, activation: silu, gated: true}}]}},
decoder: {blocks: {norm: post, sublayers: [{self_attention: {heads: 2, mask: causal, merge: mean}},
{cross_attention: {heads: 1, project: none, score: %s}}, {ffn: {hidden: 24}}]}}}"""


def check_mechanisms(checks, work):
    for scores in (("additive, clip: 5", "forward", "dot"), ("cosine", "diagonal", "general"),
                   ("general", "backward", "concat, hidden: 9"),
                   ("scaled_dot, align: local_m, window: 2", "none", "dot, align: local_p, window: 3"),
                   ("dot, align: hard, hard: {select: threshold}", "none", "general, align: hard")):
        model = (FULL_FORM % scores).replace("\n", " ")
        result = work.train("mechanism", "--overwrite", "--resume", "never", "--set", f"model={model}",
                            "--set", "training.max_updates=4")
        checks.that(f"mechanisms {scores}: train", result.code == 0, result)
        result = work.run("translate", "mechanism", "--threads", 1, stdin=work.read("valid.src"))
        checks.that(f"mechanisms {scores}: translate", result.code == 0 and result.out.count(b"\n") == 12, result)
    for wrong, parts in (("additive, mask: none, project: none", ["heads", "project is none"]),
                         ("dot, hidden: 5", ["hidden"]), ("additiv", ["additive"]),
                         ("dot, align: local_m", ["window"]), ("dot, window: 3", ["window"]),
                         ("dot, align: local_p, window: 3", ["align", "local_m"])):
        model = (FULL_FORM % (wrong, "none", "dot")).replace("mask: none, mask: none", "mask: none")
        model = model.replace("project: none, mask: none", "project: none").replace("\n", " ")
        result = work.train("wrong", "--set", f"model={model}")
        expect_error(checks, "mechanisms", wrong, result, 2, "model.encoder.blocks.sublayers[0]", *parts)


def check_ensemble(checks, work, source):
    def translate(model, *arguments):
        return work.run("translate", model, "--threads", 1, *arguments, stdin=source)

    checkpoint = "run/checkpoints/update-00000010"
    checks.equal("ensemble: a model with itself translates as it does alone",
                 translate("run,run").out, translate("run").out)
    mixed = translate(f"run,{checkpoint}", "--scores")
    checks.that("ensemble: of two models differs from both", mixed.code == 0
                and mixed.out not in (translate("run", "--scores").out,
                                      translate(checkpoint, "--scores").out), mixed)
    expect_error(checks, "ensemble", "a model that is not there", translate("run,nowhere"), 2, "nowhere")
    result = work.train("other", "--set", "vocabulary.size=60", "--set", "training.max_updates=1")
    checks.that("ensemble: a model with another vocabulary", result.code == 0, result)
    expect_error(checks, "ensemble", "another vocabulary", translate("run,other"), 2, "other",
                 "the target vocabulary differs")


def check_freeze(checks, work):
    result = work.train("frozen", "--set", "training.init_from=run", "--set", "training.max_updates=3",
                        "--set", "training.freeze=[encoder.*]")
    mine, base = (tensors_of(work.folder / name / "model.safetensors") for name in ("frozen", "run"))
    same = {name for name in base if mine.get(name) == base[name]}
    frozen = {name for name in base if name.startswith("encoder.")}
    checks.that("freeze: exactly the frozen weights are those of init_from",
                result.code == 0 and same == frozen and 0 < len(frozen) < len(base), (same, result))
    checks.that("init_from: its vocabulary is taken", "vocabulary: that of run" in result.err
                and work.read("frozen/shared.spm") == work.read("run/shared.spm"), result)
    result = work.train("frozen2", "--set", "training.freeze=[nothing*]")
    expect_error(checks, "freeze", "a pattern without a match", result, 2, "training.freeze", "nothing*")
    checks.that("freeze: nothing is left of the refused run", "frozen2" not in work.names())


def check_full_disk(checks, work):
    if not os.path.exists("/dev/full"):
        return
    for arguments in (["translate", "run", "--input", "valid.src"], ["config", "reference"],
                      ["score", "run", "--source", "valid.src", "--target", "valid.trg"],
                      ["evaluate", "--hypothesis", "valid.src", "--reference", "valid.trg"],
                      ["evaluate", "--hypothesis", "valid.src", "--reference", "valid.trg",
                       "--sentence"], ["info", "run"]):
        with open("/dev/full", "wb") as full:
            result = work.run(*arguments, stdout=full)
        checks.that(f"full disk: {' '.join(arguments)} exits 1 with one line", result.code == 1
                    and len(error_lines(result)) == 1, result)


def unescape(text):
    return re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda found: chr(int(found.group(1), 16)), text)


def golden_corpora():
    """(hypotheses, references, {setting: score}) of committed sacreBLEU results."""
    folder = ROOT / "tests/golden/metrics"
    rows = [line.split("\t") for line in
            (folder / "sentences.tsv").read_text("utf-8").split("\n")[2:] if line]
    spans = {}
    for line in (folder / "corpora.tsv").read_text("utf-8").split("\n")[1:]:
        if line:
            first, last, references, setting, score = line.split("\t")[:5]
            spans.setdefault((int(first), int(last), int(references)), {})[setting] = float(score)
    for (first, last, references), scores in spans.items():
        texts = [[unescape(field) for field in row[1:2 + references]] for row in rows[first:last]]
        plain = not any(c in text for row in texts for text in row for c in "\n\r\0\ufeff")
        if plain and last - first >= 5:
            yield [row[0] for row in texts], list(zip(*(row[1:] for row in texts))), scores


def check_evaluate(checks, work):
    tried = {}
    for hypotheses, references, scores in golden_corpora():
        if tried.get(len(references), 0) == 2:
            continue
        tried[len(references)] = tried.get(len(references), 0) + 1
        work.write("hyp", "".join(line + "\n" for line in hypotheses))
        options = []
        for number, lines in enumerate(references):
            work.write(f"ref{number}", "".join(line + "\n" for line in lines))
            options += ["--reference", f"ref{number}"]
        result = work.run("evaluate", "--hypothesis", "hyp", *options, "--metrics",
                          "bleu,chrf,chrf++,ter", "--json")
        found = json.loads(result.out) if result.code == 0 else []
        wanted = [scores[name] for name in ("bleu/13a/exp/mixed/full", "chrf/6/0/mixed",
                                            "chrf/6/2/mixed", "ter/lc")]
        checks.that(f"evaluate: {len(hypotheses)} lines against {len(references)} references as "
                    "sacreBLEU scores them", len(found) == 4 and all(
                        abs(item["score"] - score) < 1e-9 for item, score in zip(found, wanted)),
                    f"{wanted}\n{result}")
        checks.that("evaluate --json: name and signature", len(found) == 4
                    and [item["name"] for item in found][0] == "BLEU" and all(
                        f"nrefs:{len(references)}" in item["signature"] for item in found), found)
        result = work.run("evaluate", "--hypothesis", "hyp", *options)
        checks.that("evaluate: prints the score rounded", result.out.startswith(b"BLEU|nrefs:")
                    and f" = {wanted[0]:.2f} ".encode() in result.out, result)
    checks.that("evaluate: golden values of one and of more references were there",
                1 in tried and len(tried) > 1, tried)
    result = work.run("evaluate", "--hypothesis", "valid.src", "--reference", "train.trg")
    expect_error(checks, "evaluate", "unequal line counts", result, 2, "60", "12")
    result = work.run("evaluate", "--hypothesis", "valid.src", "--reference", "valid.trg",
                      "--metrics", "meteor")
    expect_error(checks, "evaluate", "an unknown metric", result, 2, "meteor")
    result = work.run("evaluate", "--reference", "valid.trg")
    expect_error(checks, "evaluate", "neither hypothesis nor model", result, 2, "--hypothesis")
    result = work.run("evaluate", "run", "--source", "valid.src", "--reference", "valid.trg",
                      "--json")
    work.run("translate", "run", "--input", "valid.src", "--output", "hyp")
    two_steps = work.run("evaluate", "--hypothesis", "hyp", "--reference", "valid.trg", "--json")
    checks.that("evaluate MODEL: equals translate, then evaluate",
                result.code == 0 and result.out == two_steps.out, result)
    result = work.run("evaluate", "--hypothesis", "hyp", "--reference", "valid.trg", "--sentence")
    checks.equal("evaluate --sentence: a score per line", result.out.count(b"\n"), 12)


def check_score(checks, work):
    result = work.run("score", "run", "--source", "valid.src", "--target", "valid.trg")
    values = [float(line) for line in result.out.splitlines()]
    checks.that("score: a log-probability per pair", result.code == 0 and len(values) == 12
                and max(values) < 0, result)
    found = re.search(r"perplexity ([0-9.]+) over ([0-9,]+) subwords of 12 pairs", result.err)
    tokens = int(found.group(2).replace(",", "")) if found else 1
    checks.that("score: the perplexity on standard error is that of the scores", found and abs(
        float(found.group(1)) / math.exp(-sum(values) / tokens) - 1) < 1e-4, result)
    records = [json.loads(line) for line in work.read("run/metrics.jsonl").splitlines()]
    if found:
        last = [item for item in records if item["kind"] == "valid"][-1]["perplexity"]
        checked = work.run("score", "run/checkpoints/update-00000030", "--source", "valid.src",
                           "--target", "valid.trg")
        again = float(re.search(r"perplexity ([0-9.]+)", checked.err).group(1))
        checks.that("score: equals the perplexity of the validation", abs(again / last - 1) < 1e-4,
                    (again, last))
    result = work.run("score", "run", "--source", "valid.src", "--target", "train.trg")
    expect_error(checks, "score", "unequal line counts", result, 2, "train.trg")


def check_config_commands(checks, work):
    result = work.run("config", "check", "toy.yaml")
    checks.equal("config check: says ok", (result.code, result.out), (0, b"ok: toy.yaml\n"))
    shutil.move(work.folder / "train.src", work.folder / "away")
    checks.equal("config check: needs no data", work.run("config", "check", "toy.yaml").code, 0)
    shutil.move(work.folder / "away", work.folder / "train.src")
    result = work.run("config", "show", "toy.yaml", "--set", "seed=7")
    text = result.out.decode()
    checks.that("config show: values and where they come from", result.code == 0
                and re.search(r"^seed: 7 +# --set$", text, re.M)
                and re.search(r"batch_tokens: 150 +# toy.yaml:16", text)
                and re.search(r"clip_norm: 1.0 +# default", text), text)
    work.write("shown.yaml", text)
    result = work.run("config", "show", "shown.yaml")
    bare = [re.sub(r" +# .*", "", block) for block in (text, result.out.decode())]
    checks.equal("config show: reads back as the same", bare[1], bare[0])
    result = work.run("config", "reference")
    checks.that("config reference: every group", result.code == 0 and all(
        f"`{key}`".encode() in result.out for key in ("batch_tokens", "beam_size", "patience")),
        result)
    result = work.run("config", "annotated")
    checks.that("config annotated: defaults with comments", result.code == 0
                and b"batch_tokens: 4096" in result.out and b"# " in result.out, result)


def check_filters(checks, work):
    source = work.read("valid.src") + b"\n"
    for model in ("run", "run/shared.spm"):
        pieces = work.run("encode", model, stdin=source)
        checks.that(f"encode {model}: pieces, blank to blank", pieces.code == 0
                    and "\u2581".encode() in pieces.out
                    and pieces.out.count(b"\n") == 13 and pieces.out.endswith(b"\n\n"), pieces)
        text = work.run("decode", model, stdin=pieces.out)
        checks.equal(f"encode | decode {model}: gives the text back", (text.code, text.out),
                     (0, source))
    result = work.run("encode", "valid.src", stdin=b"x\n")
    expect_error(checks, "encode", "a file that is no vocabulary", result, 2, "valid.src")


def check_average(checks, work):
    before = tensors_of(work.folder / "run/checkpoints/update-00000030/model.safetensors")
    result = work.run("average", "mean1", "run/checkpoints/update-00000030")
    checks.that("average: of one checkpoint equals it", result.code == 0 and tensors_of(
        work.folder / "mean1/model.safetensors") == before, result)
    result = work.run("average", "mean2", "run/checkpoints/update-00000020",
                      "run/checkpoints/update-00000030")
    name = "encoder.embedding.weight"
    values = [struct.unpack(f"<{len(data) // 4}f", data) for _, data in (
        tensors_of(path / "model.safetensors")[name] for path in (
            work.folder / "run/checkpoints/update-00000020",
            work.folder / "run/checkpoints/update-00000030", work.folder / "mean2"))]
    checks.that("average: of two is their mean", result.code == 0 and all(
        abs((a + b) / 2 - mean) < 1e-7 for a, b, mean in zip(*values)), result)
    result = work.run("translate", "mean2", "--input", "valid.src")
    checks.that("average: translates", result.code == 0 and result.out.count(b"\n") == 12, result)
    result = work.run("average", "mean2", "run")
    expect_error(checks, "average", "an output that exists", result, 2, "mean2")
    result = work.run("info", "mean2", "--tensors")
    checks.that("info: says what the model is", result.code == 0 and b"parameters" in result.out
                and name.encode() in result.out, result)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="regard-cli-") as folder:
        work = Workplace(folder)
        check_usage(checks, work)
        check_config_errors(checks, work)
        check_data_errors(checks, work)
        check_config_commands(checks, work)
        check_training(checks, work)
        source, answers = check_streams(checks, work)
        check_pipe(checks, work, answers)
        check_lists(checks, work, source, answers)
        check_search_options(checks, work, source, answers)
        check_alignments(checks, work, source, answers)
        check_attend(checks, work, source, answers)
        check_mechanisms(checks, work)
        check_precision(checks, work, source, answers)
        check_ensemble(checks, work, source)
        check_full_disk(checks, work)
        check_evaluate(checks, work)
        check_score(checks, work)
        check_filters(checks, work)
        check_average(checks, work)
        check_init_from(checks, work)
        check_freeze(checks, work)
        check_resume(checks, work)
        check_bad_models(checks, work)
        check_kill(checks, work)
    print(f"{checks.done} checks passed" if checks.failed == 0
          else f"{checks.failed} of {checks.done} checks failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
