#!/usr/bin/env python3
"""R4: each system call by which a training session changes the disk fails once.

A library that is loaded before the program (fail_call.c) counts the calls below the run's directory. One session is
traced: it resumes from update 10, validates and saves at update 20. Then it is repeated, and the k-th call fails: with
EIO, with ENOSPC, and as on a disk that stays full. After each of them:

- the session ended with 1 and one line that has a path and the system's reason, or the failed call did not matter
  (closing what is synced already, the lock's own text) and everything was saved;
- all checkpoints are complete and bit-identical to those of an undisturbed run, including that of update 10;
- no temporary files are left, and a failed fsync was not retried on the same file;
- the next session, undisturbed, ends bit-identical.

COUNT is the number of cases, sampled at random; by default all. Log lines written through stdio are not among the calls.
"""
import errno
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

from workbench import Figure, Workbench, arguments, digests, skip, stray_files, workplace

SETTINGS = {"training.max_updates": 20, "training.log_every": 5, "validation.every": 10,
            "validation.stop.metric": "loss"}
MODES = (("EIO", errno.EIO, 0), ("ENOSPC", errno.ENOSPC, 0), ("a full disk", errno.ENOSPC, 1))


def compile_library(folder):
    source = pathlib.Path(__file__).parent / "fail_call.c"
    library = folder / "fail_call.so"
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        skip("R4", "there is no C compiler")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


class Session:
    """The session under test on a fresh copy of the run."""

    def __init__(self, bench, library):
        self.bench, self.library = bench, library
        self.run = bench.folder / "run"
        self.log = bench.folder / "calls.log"

    def go(self, number, error, stays):
        shutil.rmtree(self.run, ignore_errors=True)
        shutil.copytree(self.bench.folder / "base", self.run, symlinks=True)
        self.log.unlink(missing_ok=True)
        return self.bench.train("run", SETTINGS, environment={
            "LD_PRELOAD": str(self.library), "FAULT_ROOT": str(self.run), "FAULT_LOG": str(self.log),
            "FAULT_AT": str(number), "FAULT_ERRNO": str(error), "FAULT_STAYS": str(stays)})

    def calls(self):
        """(call, path, whether it failed) of each."""
        text = self.log.read_text() if self.log.exists() else ""
        return [(call, path, bool(failed)) for call, path, failed in
                re.findall(r"^\d+ (\w+) (.*?)( failed)?$", text, re.M)]


def place_of(path):
    """A path without what differs from session to session."""
    return re.sub(r"\.regard-(tmp|old)-\d+-", r".regard-\1-", path)


def repeated_syncs(calls):
    failed, repeated = set(), []
    for call, path, has_failed in calls:
        if call == "fsync" and path in failed:
            repeated.append(path)
        if call == "fsync" and has_failed:
            failed.add(path)
    return repeated


def outcome(session, result, call, wanted, error):
    """What is wrong after a session in which `call` failed."""
    faults = []
    lines = result.error_lines()
    if result.code == 1:
        if len(lines) != 1 or os.strerror(error) not in lines[0] or not re.search(r"run(/|:)", lines[0]):
            faults.append(f"not one line with path and reason: {lines}")
    elif result.code == 0:
        may_fail = call[0] == "close" or call[1].endswith("/.lock")
        if not may_fail or max(digests(session.run)) != 20:
            faults.append("ended with 0 although it failed")
    else:
        faults.append(f"exit {result.code}")
    if "terminate called" in result.err or "internal" in result.err:
        faults.append("a trace of a crash")
    found = digests(session.run)
    if not found.items() <= wanted.items() or 10 not in found:
        equal = [update for update in found if found[update] == wanted.get(update)]
        faults.append(f"checkpoints after it: {sorted(found)}, of which are equal {sorted(equal)}")
    strays = [name for name in stray_files(session.run) if name != ".lock"]
    faults += [f"left behind: {strays}"] if strays else []
    faults += [f"fsync tried again: {path}" for path in repeated_syncs(session.calls())]
    faults += [str(result)] if faults else []
    return faults


def main():
    options = arguments(__doc__, 10**6)
    figure = Figure("R4")
    with workplace("io") as name:
        folder = pathlib.Path(name)
        bench = Workbench(options.program, folder)
        session = Session(bench, compile_library(folder))
        bench.train("base", {**SETTINGS, "training.max_updates": 10})
        result = session.go(0, 0, 0)
        wanted = digests(session.run)
        calls = session.calls()
        if result.code != 0 or sorted(wanted) != [10, 20] or len(calls) < 40:
            sys.exit(f"the session without a fault failed, {len(calls)} calls\n{result}")
        figure.note(f"{len(calls)} calls of one session")
        cases = [(mode, number) for number in range(1, len(calls) + 1) for mode in MODES]
        if options.count < len(cases):
            cases = random.Random(options.seed).sample(cases, options.count)
        harmless = set()
        for mode, number in cases:
            call = calls[number - 1]
            result = session.go(number, mode[1], mode[2])
            made = session.calls()
            reached = len(made) >= number and made[number - 1][2]
            faults = [] if reached else ["the call was not reached"]
            faults += outcome(session, result, call, wanted, mode[1])
            if result.code == 0:
                harmless.add(call[0] + " " + pathlib.Path(place_of(call[1])).name)
            again = bench.train("run", SETTINGS)
            if again.code != 0 or digests(session.run) != wanted or stray_files(session.run):
                faults.append(f"the next session: {sorted(digests(session.run))} {stray_files(session.run)} {again}")
            figure.case(f"{mode[0]} at call {number}, {call[0]} {place_of(call[1])[len(str(session.run)):]}", faults)
    if harmless:
        figure.note("without consequence: " + ", ".join(sorted(harmless)))
    figure.finish("failed calls left the old checkpoint, exit 1 and a line")


if __name__ == "__main__":
    main()
