#!/usr/bin/env python3
"""The program in a terminal, as somebody uses it who types; paths with blanks, quotes and commas; what info tells.

Usage: terminal_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import json
import os
import pathlib
import pty
import random
import re
import select
import shlex
import signal
import subprocess
import sys
import tempfile
import time

from checks import Checks

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
model: {dim: 16, layers: 1, heads: 2, feed_forward: 32}
training: {batch_tokens: 150, schedule: {peak: 5.0e-3, warmup: 10}, max_updates: 40}
validation: {every: 20, metrics: [bleu], stop: {patience: 0}}
checkpoint: {every: 20}
decoding: {beam_size: 2, min_length: 3, max_length: {factor: 0.0, plus: 8}}
"""


class Terminal:
    """A process whose standard streams are a terminal, unless others are given."""

    def __init__(self, folder, *arguments, environment=None, **streams):
        self.master, slave = pty.openpty()
        chosen = {"stdin": slave, "stdout": slave, "stderr": slave, **streams}
        environment = {**os.environ, "TERM": "xterm", **(environment or {})}

        def own_terminal():  # so that Ctrl-C reaches the process
            os.setsid()
            import fcntl
            import termios
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=folder, preexec_fn=own_terminal,
                                        env=environment, **chosen)
        os.close(slave)
        self.text = ""

    def read(self, seconds):
        """What comes within some seconds; False at the end."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # how a terminal tells that nobody is at the other end
            return False
        self.text += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)

    def wait_for(self, pattern, seconds=60):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text) and time.monotonic() < end:
            if not self.read(0.2):
                break
        return re.search(pattern, self.text) is not None

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self, seconds=60):
        """The exit code; None where the process does not end."""
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.1)
        while self.read(0):
            if not select.select([self.master], [], [], 0.2)[0]:
                break
        code = self.process.poll()
        if code is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        return code


class Place:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        rng = random.Random(4)
        for name, count in (("train", 60), ("valid", 6)):
            pairs = [[rng.choice(WORDS) for _ in range(rng.randint(2, 7))] for _ in range(count)]
            (self.folder / f"{name}.src").write_text("".join(" ".join(words) + "\n" for words in pairs))
            (self.folder / f"{name}.trg").write_text("".join(" ".join(words[::-1]) + "\n" for words in pairs))
        (self.folder / "c.yaml").write_text(CONFIG)

    def run(self, *arguments, stdin=""):
        return subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, input=stdin, capture_output=True,
                              text=True, timeout=120, check=False)

    def train(self, output, *arguments):
        return self.run("train", "c.yaml", "--threads", 1, "--output", output, *arguments)

    def shell(self, command):
        """Runs a command that the program suggested."""
        path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(["bash", "-c", command], cwd=self.folder, capture_output=True, text=True, timeout=120,
                              env={**os.environ, "PATH": path}, check=False)


def check_typing(checks, place):
    answers = place.run("translate", "run", stdin="alfa bravo\n\nkilo\n").stdout.split("\n")
    checks.that("translate: three lines without a terminal", len(answers) == 4 and answers[0] and answers[2], answers)
    terminal = Terminal(place.folder, "translate", "run", "--threads", 1)
    checks.that("translate: asks for a sentence", terminal.wait_for("Type a sentence; Ctrl-D ends.\n"), terminal.text)
    for line, answer in (("alfa bravo", answers[0]), ("", ""), ("kilo", answers[2])):
        before = len(terminal.text)
        terminal.type(line + "\n")
        end = time.monotonic() + 30
        wanted = f"{line}\n{answer}\n"
        while wanted not in terminal.text[before:] and time.monotonic() < end:
            terminal.read(0.1)
        checks.that(f"translate: answers {line!r} at once, with the translation alone",
                    terminal.text[before:] == wanted, repr(terminal.text))
    terminal.type("\x04")
    code = terminal.end()
    checks.that("translate: Ctrl-D ends", code == 0 and "lines" not in terminal.text and "\x1b" not in terminal.text,
                (code, repr(terminal.text)))
    terminal = Terminal(place.folder, "translate", "run", "--threads", 1)
    terminal.wait_for("Ctrl-D ends")
    terminal.type("alfa\n")
    terminal.wait_for("alfa\n.*\n")
    terminal.type("\x03")
    code = terminal.end(20)
    checks.that("translate: Ctrl-C says what happens and ends", code == 130
                and "stopping; press Ctrl-C again to quit immediately" in terminal.text
                and "stopped by SIGINT (Ctrl-C) after 1 line" in terminal.text, (code, terminal.text))


def check_progress(checks, place):
    with open(place.folder / "valid.src", "rb") as source:
        terminal = Terminal(place.folder, "translate", "run", "--threads", 1, stdin=source)
        code = terminal.end()
    plain = place.run("translate", "run", "--input", "valid.src").stdout
    checks.that("translate: no progress between the lines of a terminal", code == 0 and plain.count("\n") == 6
                and terminal.text.startswith(plain)
                and re.fullmatch(r"6 lines in [0-9.]+ s\n", terminal.text[len(plain):]), (code, repr(terminal.text)))
    (place.folder / "one.src").write_text("alfa\n")
    with open(place.folder / "one.src", "rb") as source, open(place.folder / "out", "wb") as output:
        terminal = Terminal(place.folder, "translate", "run", "--output", "one.trg", stdin=source, stdout=output)
        code = terminal.end()
    checks.that("translate: shows progress where the text goes elsewhere, in good English", code == 0
                and "translated 1 line," in terminal.text and not re.search(r"\b1 lines\b", terminal.text)
                and re.search(r"(^|[\nK])1 line in ", terminal.text), repr(terminal.text))


def check_training(checks, place):
    terminal = Terminal(place.folder, "train", "c.yaml", "--output", "long", "--threads", 1, "--set",
                        "training.max_updates=1000000", "--set", "training.log_every=5", "--set", "validation.every=0")
    checks.that("train: runs", terminal.wait_for(r"update 5 "), terminal.text)
    terminal.type("\x03")
    code = terminal.end(60)
    checks.that("train: Ctrl-C says at once what happens, and what stopped it", code == 130
                and "stopping after this update; press Ctrl-C again to quit immediately\n" in terminal.text
                and re.search(r"stopped by SIGINT \(Ctrl-C\) after update \d+; run the same command again to resume", terminal.text)
                and terminal.text.index("stopping after") < terminal.text.index("stopped by"), (code, terminal.text))
    process = subprocess.Popen([PROGRAM, "train", "c.yaml", "--output", "long", "--threads", "1", "--set",
                                "training.max_updates=1000000", "--set", "training.log_every=5", "--set",
                                "validation.every=0"], cwd=place.folder, stderr=subprocess.PIPE, text=True)
    said = ""
    for line in process.stderr:
        said += line
        if line.startswith("update "):
            process.send_signal(signal.SIGTERM)
            break
    said += process.communicate(timeout=60)[1]
    checks.that("train: SIGTERM is named", process.returncode == 143 and "stopping after this update\n" in said
                and "stopped by SIGTERM after update" in said and "\x1b" not in said, said)


def check_mistakes(checks, place):
    (place.folder / "bad.yaml").write_text(CONFIG.replace("dim: 16", "dim: wide"))
    plain = place.run("config", "check", "bad.yaml")
    checks.that("a mistake is one line without a terminal", plain.stderr.count("\n") == 1
                and plain.stderr.startswith("error: bad.yaml:9:9: model.dim: "), plain)
    terminal = Terminal(place.folder, "config", "check", "bad.yaml", environment={"NO_COLOR": "1"})
    code = terminal.end()
    lines = terminal.text.splitlines()
    checks.that("a mistake is shown with its line in a terminal", code == 2 and lines == [
        plain.stderr.strip(), "  9 | model: {dim: wide, layers: 1, heads: 2, feed_forward: 32}",
        "    |         ^"], lines)
    terminal = Terminal(place.folder, "config", "check", "bad.yaml")
    terminal.end()
    checks.that("with colours", "\x1b[1;31merror:\x1b[0m bad.yaml" in terminal.text, repr(terminal.text))


def check_paths(checks, place):
    for name in ("my models/first run", "it's \"1\"", "$HOME;x", "a,b"):
        done = place.train(name, "--set", "training.max_updates=2")
        found = re.search(r"^translate with:  (regard translate .*) < INPUT > OUTPUT$", done.stderr, re.M)
        checks.that(f"train --output {name!r}: suggests a command", done.returncode == 0 and found, done)
        if not found:
            continue
        answer = place.shell(found.group(1) + " < valid.src")
        checks.that("  which runs", answer.returncode == 0 and answer.stdout.count("\n") == 6, answer)
        info = place.run("info", name)
        commands = re.findall(r"(?:next|^) +(translate|resume|fine-tune) with:  (regard .*)", info.stdout, re.M)
        checks.equal("  info suggests three", [what for what, _ in commands], ["translate", "resume", "fine-tune"])
        if len(commands) != 3:
            continue
        answer = place.shell(commands[1][1])
        checks.that("  the run can be resumed so", answer.returncode == 0 and "nothing to do" in answer.stderr, answer)
        (place.folder / "tune.yaml").write_text(CONFIG.replace("vocabulary: {size: 70}\n", "").replace(
            "model: {dim: 16, layers: 1, heads: 2, feed_forward: 32}\n", ""))
        answer = place.shell(commands[2][1].replace("CONFIG", "tune.yaml") + " --dry-run")
        checks.that("  and fine-tuned so", answer.returncode == 0, (commands[2], answer))
        checks.equal("  quoted as a shell reads it", shlex.split(commands[0][1])[2].removeprefix("./"), name)


def check_commas(checks, place):
    place.train("a", "--set", "seed=2", "--set", "training.max_updates=2")
    source = (place.folder / "valid.src").read_text()

    def translate(model):
        done = place.run("translate", model, "--scores", stdin=source)
        return done.stdout if done.returncode == 0 else done.stderr
    alone = translate("a,b")  # trained by check_paths()
    checks.that("a,b is the path that exists", alone.count("\n") == 6 and alone != translate("a"), alone)
    both = translate("a,b,a")
    checks.that("a,b,a is an ensemble of a,b and a", both.count("\n") == 6 and both not in (alone, translate("a")), both)
    checks.equal("in any order", sorted(row.split("\t")[1] for row in both.splitlines()),
                 sorted(row.split("\t")[1] for row in translate("a,a,b").splitlines()))
    checks.that("./b is not taken for a part of a,b", "./b: there is no such model directory" in translate("a,./b"),
                translate("a,./b"))


def check_info(checks, place):
    shown = place.run("info", "run").stdout
    rows = {row[:13].strip(): row[13:] for row in shown.splitlines() if row[:13].strip()}
    checks.that("info: score of the best checkpoint and its update",
                re.fullmatch(r"bleu \d+\.\d\d at update (20|40), the best on the validation text", rows.get("score", "")),
                shown)
    checks.that("info: data, vocabulary, sizes, version",
                rows.get("trained on") == "train.src and train.trg, 60 pairs" and "bpe, shared" in rows["vocabulary"]
                and re.fullmatch(r"[0-9.]+ MiB of weights, [0-9.]+ MiB in run", rows["on disk"])
                and re.search(r"float32 [0-9.]+ MiB, bfloat16 .* int8 ", rows["memory"])
                and re.search(r"written by regard \d+\.\d+\.\d+$", rows["model"]), shown)
    checks.that("info: tensors only when asked for", "encoder.embedding.weight" not in shown
                and "encoder.embedding.weight" in place.run("info", "run", "--tensors").stdout, shown)
    told = json.loads(place.run("info", "run", "--json").stdout)
    old = {"model", "update", "source", "target", "parameters", "source_vocabulary", "target_vocabulary", "is_shared",
           "tensors"}
    checks.that("info --json: all of it", old <= set(told) and told["best"]["metric"] == "bleu"
                and told["best"]["update"] in (20, 40) and told["training_texts"] == [{"source": "train.src", "target": "train.trg", "pairs": 60}]
                and told["vocabulary_type"] == "bpe" and told["tensors"] and len(told["next"]) == 3
                and told["folder_bytes"] > told["weight_bytes"] > 4 * told["parameters"], told)
    memory = told["translating_bytes"]
    checks.that("info --json: memory falls with the precision",
                memory["float32"] > memory["bfloat16"] == memory["float16"] > memory["int8"] > 0, memory)
    checkpoint = json.loads(place.run("info", "run/checkpoints/update-00000020", "--json").stdout)
    checks.that("info: of a checkpoint", checkpoint["update"] == 20 and checkpoint["updates"] == 20, checkpoint)
    place.run("average", "mean", "run/checkpoints/update-00000020", "run/checkpoints/update-00000040")
    shown = place.run("info", "mean")
    checks.that("info: of a model without a run", shown.returncode == 0 and "resume with" not in shown.stdout
                and "score" not in shown.stdout, shown)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="regard-terminal-") as folder:
        place = Place(folder)
        done = place.train("run")
        checks.that("a model is trained", done.returncode == 0, done)
        check_typing(checks, place)
        check_progress(checks, place)
        check_training(checks, place)
        check_mistakes(checks, place)
        check_paths(checks, place)
        check_commas(checks, place)
        check_info(checks, place)
    print(f"{checks.done} checks passed" if checks.failed == 0 else f"{checks.failed} of {checks.done} checks failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
