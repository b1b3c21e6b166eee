#!/usr/bin/env python3
"""R1, R2: a training run that is killed again and again ends like one that was left alone.

Trains a toy model that saves every ten updates, kills it with SIGKILL after a random time, inspects the disk, starts it
again, and so on; a run that finishes is compared and followed by a fresh one. After every kill:

- every folder with a checkpoint's name is complete, and its weights, optimizer state and counters have the SHA-256 of
  those of an undisturbed run at that update;
- the next session resumes from the newest of them, never from the start;
- at most one save interval of logged updates is lost;
- temporary files of earlier sessions are removed once a later one has saved.
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

from workbench import (INTERVAL, Figure, Workbench, arguments, checkpoints, digest, digests, last_logged,
                       share_of_saving, stray_files, workplace)

UPDATES = 600
SETTINGS = {"training.max_updates": UPDATES, "training.log_every": 1, "checkpoint.every": INTERVAL,
            "validation.every": 150, "validation.stop.metric": "loss"}


def faults_of(run, wanted, before, session, log):
    """What is wrong in a run's directory after a session was killed. `before`: the newest update before it."""
    faults = []
    there = checkpoints(run)
    for update, folder in there.items():
        try:
            if digest(folder) != wanted.get(update):
                faults.append(f"{folder.name} differs from the undisturbed run")
        except (OSError, ValueError, KeyError) as error:
            faults.append(f"{folder.name} cannot be read: {error}")
    newest = max(there, default=0)
    if newest < before:
        faults.append(f"the newest checkpoint is {newest}, after {before}")
    resumed = re.search(r"resuming .* after update (\d+)", log)
    if before and re.search(r"^update \d+ ", log, re.M) and not resumed:
        faults.append(f"started from scratch although there was a checkpoint of update {before}")
    if resumed and int(resumed.group(1)) != before:
        faults.append(f"went on from {resumed.group(1)} instead of {before}")
    if "error: " in log or "damaged" in log:
        faults.append("complained about what a kill had left: " + log[-500:])
    lost = last_logged(run) - newest
    if lost > INTERVAL:
        faults.append(f"{lost} updates lost")
    strays = [name for name in stray_files(run) if name != ".lock"]
    if newest > before:  # it has saved, so what is left is its own
        strays = [name for name in strays if f".regard-tmp-{session}-" not in name]
        if strays:
            faults.append(f"stray files of earlier sessions: {strays}")
    return faults


def kill_once(bench, run, seconds):
    """Starts a session and kills it after so many seconds. Returns (process, log, whether it ended by itself, code)."""
    path = bench.folder / "session.log"
    with open(path, "wb") as log:
        process = bench.start(run, SETTINGS, log)
        has_ended = False
        try:
            process.wait(timeout=seconds)
            has_ended = True
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.pid, path.read_text("utf-8", "replace"), has_ended, process.returncode


def main():
    options = arguments(__doc__, 200)
    rng = random.Random(options.seed)
    figure = Figure("R1")
    finished = 0
    with workplace("kill") as folder:
        bench = Workbench(options.program, folder)
        if options.count >= 50:
            figure.note(f"{100 * share_of_saving(bench):.0f} % of the time in saving")
        started = time.monotonic()
        settings = {**SETTINGS, "checkpoint.keep_last": 1000}
        result = bench.train("undisturbed", settings)
        longest = time.monotonic() - started
        wanted = digests(bench.folder / "undisturbed")
        if result.code != 0 or len(wanted) != UPDATES // INTERVAL:
            sys.exit(f"the undisturbed run failed\n{result}")
        run = bench.folder / "killed"
        kills = saved = before = 0
        while kills < options.count:
            pid, log, has_ended, code = kill_once(bench, run, rng.uniform(0, longest))
            newest = max(checkpoints(run), default=0)
            faults = faults_of(run, wanted, before, pid, log)
            if has_ended:
                finished += 1
                faults += [] if code == 0 else [f"exit {code}"]
                faults += [] if newest == UPDATES else [f"finished at {newest}"]
                faults += [f"stray files at the end: {names}" for names in [stray_files(run)] if names]
                best = (run / "model.safetensors").read_bytes()
                if best != (bench.folder / "undisturbed/model.safetensors").read_bytes():
                    faults.append("the model of the finished run differs")
                figure.case(f"run {finished} to its end", faults)
                figure.done -= 1 if not faults else 0  # kills are what is counted
                shutil.rmtree(run)
                before = 0
                continue
            kills += 1
            saved += newest > before
            figure.case(f"kill {kills}", faults)
            before = newest
    figure.note(f"{saved} sessions had saved before; {finished} runs to their end, equal to the undisturbed one")
    figure.finish("kills left whole checkpoints, bit-equal to those of an undisturbed run")


if __name__ == "__main__":
    main()
