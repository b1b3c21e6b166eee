#!/usr/bin/env python3
"""What a run says of time and memory: --profile, training.batch_tokens: auto, recomputed blocks, lack of memory.

Usage: memory_profile_test.py PATH_OF_REGARD. Prints what it checks; exits 1 if anything failed.
"""
import json
import re
import resource
import subprocess
import sys
import tempfile

from checks import Checks
from cli_test import PROGRAM, Workplace, tensors_of

TRAIN_PHASES = ("update", "forward", "self_attention", "cross_attention", "ffn", "loss", "backward", "optimizer",
                "waiting for data", "making batches (in parallel)", "preparing", "validation", "checkpoint")
TRANSLATE_PHASES = ("opening the model", "tokenising", "search", "encoder", "decoder step", "self_attention", "output",
                    "reordering", "detokenising", "writing")


def check_trace(checks, claim, text, phases):
    events = json.loads(text)["traceEvents"]
    names = {part for event in events for part in event["name"].split("/")}
    checks.that(f"{claim}: the trace has every phase", set(phases) <= names, sorted(names))
    checks.that(f"{claim}: {len(events)} events with begin and duration", len(events) > 20 and all(
        event["ph"] == "X" and event["ts"] >= 0 and event["dur"] >= 0 for event in events))


def check_profile(checks, work):
    plain = work.train("plain")
    result = work.train("timed", "--profile")
    checks.that("train --profile: exit 0", plain.code == 0 and result.code == 0, result)
    for phase in TRAIN_PHASES:
        checks.that(f"train --profile: a line for '{phase}'", re.search(
            rf"^ *{re.escape(phase)} +\d+\.\d % +\d+\.\d{{3}} s", result.err, re.M), result.err)
    checks.that("train --profile: memory at most", re.search(r"memory at most: \d+ MiB", result.err))
    check_trace(checks, "train", work.read("timed/profile.json"), TRAIN_PHASES)
    checks.equal("train --profile: the same weights", tensors_of(work.folder / "timed/model.safetensors"),
                 tensors_of(work.folder / "plain/model.safetensors"))
    checks.that("train: no profile without --profile", not (work.folder / "plain/profile.json").exists())

    answer = work.run("translate", "plain", "--input", "valid.src", "--output", "out.trg", "--profile")
    checks.that("translate --profile: exit 0, nothing on standard output",
                answer.code == 0 and not answer.out, answer)
    checks.that("translate --profile: a table", "decoder step" in answer.err and "trace" in answer.err, answer)
    check_trace(checks, "translate", work.read("out.trg.profile.json"), TRANSLATE_PHASES)
    piped = work.run("translate", "plain", "--profile", stdin=work.read("valid.src"))
    checks.equal("translate --profile: the same text", piped.out, work.read("out.trg"))
    checks.that("translate --profile: in a pipe, the trace is in the current folder",
                json.loads(work.read("regard.profile.json"))["traceEvents"])


def check_auto(checks, work):
    result = work.train("auto", "--set", "training.batch_tokens=auto", "--set", "training.max_updates=2")
    found = re.search(r"training\.batch_tokens: auto is ([\d,]+) subwords here", result.err)
    checks.that("batch_tokens auto: says what it chose", result.code == 0 and found, result)
    config = work.read("auto/config.yaml").decode()
    chosen = found[1].replace(",", "") if found else "?"
    checks.that("batch_tokens auto: the run keeps the number", f"batch_tokens: {chosen}\n" in config, config)
    again = work.train("auto", "--set", "training.batch_tokens=auto", "--set", "training.max_updates=4")
    checks.that("batch_tokens auto: a resumed run takes it over",
                again.code == 0 and "after update 2" in again.err and "auto is" not in again.err, again)
    dry = work.run("train", "toy.yaml", "--dry-run", "--set", "training.batch_tokens=auto")
    checks.that("train --dry-run: memory that was measured",
                dry.code == 0 and re.search(r"memory: about [\d,]+ MiB \(a batch of \d+ pairs", dry.err), dry)


def check_recompute(checks, work):
    result = work.train("again", "--set", "training.recompute_blocks=true")
    checks.equal("recompute_blocks: exit 0", result.code, 0)
    checks.equal("recompute_blocks: the same weights, bit for bit",
                 tensors_of(work.folder / "again/model.safetensors"),
                 tensors_of(work.folder / "plain/model.safetensors"))


def run_within(work, size, *arguments):
    """Runs with at most `size` bytes of address space."""
    return subprocess.run([PROGRAM, *map(str, arguments)], cwd=work.folder, capture_output=True, text=True, timeout=300,
                          check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)))


def check_lack(checks, work):
    """With too little memory a run ends with one line, and its checkpoint is whole."""
    settings = ("--set", "checkpoint.every=1", "--set", "validation.every=0", "--set")
    small = work.train("lack", *settings, "training.max_updates=3")
    checks.equal("lack of memory: a run of three updates", small.code, 0)
    done = run_within(work, 3 << 30, "train", "toy.yaml", "--threads", 1, "--output", "huge", "--set",
                      "model.dim=65536", "--set", "model.feed_forward=262144")
    lines = [line for line in done.stderr.splitlines() if line.startswith("error")]
    checks.that("lack of memory: a model that does not fit is one line, exit 1",
                done.returncode == 1 and len(lines) == 1 and "its weights take" in lines[0], done.stderr)
    checks.that("lack of memory: nothing is left behind", not (work.folder / "huge").exists())
    for size in range(1 << 29, 4 << 30, 1 << 27):
        done = run_within(work, size, "train", "toy.yaml", "--threads", 1, "--output", "lack", *settings,
                          "training.max_updates=6")
        if done.returncode == 0:
            break
        # 127: the system found no room for the program's libraries.
        checks.that(f"lack of memory: with {size >> 20} MiB it ends with an error, not a signal",
                    done.returncode in (1, 127), (done.returncode, done.stderr[-300:]))
    checks.equal("lack of memory: with enough of it the run goes on", done.returncode, 0)
    final = work.run("translate", "lack", "--threads", 1, stdin=b"alfa bravo\n")
    checks.that("lack of memory: the model is whole", final.code == 0 and final.out.count(b"\n") == 1, final)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        work = Workplace(folder)
        for check in (check_profile, check_auto, check_recompute, check_lack):
            check(checks, work)
    print(f"{checks.done} checks, {checks.failed} failed")
    return 1 if checks.failed or not checks.done else 0


if __name__ == "__main__":
    sys.exit(main())
