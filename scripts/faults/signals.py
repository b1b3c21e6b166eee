#!/usr/bin/env python3
"""R9: SIGTERM, SIGINT and SIGUSR1 at random moments of a training run.

SIGTERM and SIGINT: the session ends within five seconds with 143 or 130, and everything it had done is saved. SIGUSR1:
it saves and continues. A second signal ends the session at once. However the session ended, every checkpoint has the
SHA-256 that an undisturbed run has at that update, and the next session reaches the same end. (If the signal came
during a validation, that validation is postponed to the next session; until then only the tensors can be equal.)

COUNT is the number of moments for each of the three, and half as many for two signals in a row. Moments are drawn from
the first line of the session's log on; a signal before that ends any program, and has nothing to save.

With --width 512 only the ends are measured, of a model of that width with six blocks a side (the base model of
"Attention is all you need"), on all CPUs and with batches of --batch-tokens: an update and a save must take less than
25 seconds, because a scheduler that sends SIGTERM waits 30 seconds.
"""
import os
import pathlib
import random
import re
import shutil
import signal
import sys
import time

from workbench import (Figure, Workbench, arguments, checkpoints, digest, digests, end_of, state_of, stray_files,
                       workplace)

LIMIT = 5.0  # seconds from a signal to the end of a session
LARGE_LIMIT = 25.0
AT_ONCE = 0.5  # seconds from the second signal; more where the system takes longer to remove a process

UPDATES = 200
# All checkpoints but the last are those of signals, or of validations, in which a save must wait.
PLAIN = {"training.max_updates": UPDATES, "training.log_every": 25, "checkpoint.every": 100000,
         "checkpoint.keep_last": 10000}
SETTINGS = {**PLAIN, "validation.every": 25, "validation.stop.metric": "loss"}


class Session:
    """A session in a run's directory, ready for signals: its log has begun."""

    def __init__(self, bench, run, settings, threads=1):
        self.log_path = bench.folder / "session.log"
        with open(self.log_path, "wb") as log:
            self.process = bench.start(run, settings, log, threads)
        self.wait_for("resuming|parameters on")

    def log(self):
        return self.log_path.read_text("utf-8", "replace")

    def wait_for(self, pattern):
        """Waits until the log has it, or the session has ended."""
        while self.process.poll() is None and not re.search(pattern, self.log(), re.M):
            time.sleep(0.002)

    def send(self, number):
        """Sends a signal; False when the session had ended."""
        if self.process.poll() is not None:
            return False
        os.kill(self.process.pid, number)
        return True

    def wait_until_taken(self, number):
        """Waits until the session has seen a first SIGTERM or SIGINT, from when on it no longer catches that signal.

        A second one that comes before would be one with the first. False when the session had ended.
        """
        while self.process.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
            except OSError:
                return False
            caught = re.search(r"^SigCgt:\s+([0-9a-f]+)", status, re.M)
            if not int(caught.group(1), 16) >> (number - 1) & 1:
                return True
            time.sleep(0.001)
        return False

    def end(self):
        """(exit code as a shell says it, or None when it took too long, seconds)."""
        started = time.monotonic()
        code = end_of(self.process, 600)
        self.was_ended = code is not None and code < 0  # by the system's own action on a signal
        return (128 - code if code is not None and code < 0 else code), time.monotonic() - started


class Trial:
    """One kind of run, an undisturbed one to compare with, and what is done to others."""

    def __init__(self, bench, settings):
        self.bench, self.settings = bench, settings
        name = "undisturbed"
        shutil.rmtree(bench.folder / name, ignore_errors=True)
        result = bench.train(name, {**settings, "checkpoint.every": 1})
        self.wanted = digests(bench.folder / name)
        self.wanted_tensors = {update: digest(folder, with_counters=False)
                               for update, folder in checkpoints(bench.folder / name).items()}
        if result.code != 0 or len(self.wanted) != UPDATES:
            sys.exit(f"the undisturbed run failed\n{result}")
        self.run = bench.folder / "run"
        shutil.rmtree(self.run, ignore_errors=True)
        self.longest = Session(bench, "run", settings).end()[1]
        self.slowest = 0.0
        self.at_once = AT_ONCE
        self.num_ended = 0
        self.slowest_second = 0.0
        self.put_off = 0
        self.saved_at = set()

    def start(self, rng):
        shutil.rmtree(self.run, ignore_errors=True)
        session = Session(self.bench, "run", self.settings)
        time.sleep(rng.uniform(0, self.longest))
        return session

    def state_faults(self):
        self.saved_at |= checkpoints(self.run).keys()
        wrong = []
        for update, folder in checkpoints(self.run).items():
            # A signal during a validation puts the validation off: its result is not among the counters yet.
            is_put_off = state_of(folder)["is_validation_due"]
            self.put_off += is_put_off
            value = digest(folder, with_counters=not is_put_off)
            if value != (self.wanted_tensors if is_put_off else self.wanted).get(update):
                wrong.append(update)
        return [f"checkpoints that differ: {wrong}"] if wrong else []

    def go_on(self):
        newest = max(checkpoints(self.run), default=0)
        result = self.bench.train("run", self.settings)
        faults = self.state_faults()
        if any(state_of(folder)["is_validation_due"] for folder in checkpoints(self.run).values()):
            faults.append("a validation that was put off was not made up for")
        if result.code != 0 or UPDATES not in checkpoints(self.run):
            faults.append(f"the next session: {result}")
        if newest and f"after update {newest}" not in result.err:
            faults.append(f"the next session did not resume from {newest}")
        return faults + [f"stray files: {names}" for names in [stray_files(self.run)] if names]

    def ending(self, number, rng):
        session = self.start(rng)
        sent = session.send(number)
        code, seconds = session.end()
        self.slowest = max(self.slowest, seconds)
        log = session.log()
        faults = self.state_faults()
        stopped = re.search(r"stopped by (SIG\w+)[^;]* after update (\d+)", log)
        if sent and "finished after" not in log:
            if code != 128 + number or seconds > LIMIT:
                faults.append(f"exit {code} after {seconds:.1f} s\n{log[-800:]}")
            newest = max(checkpoints(self.run), default=0)
            if stopped and int(stopped.group(2)) != newest:
                faults.append(f"stopped after {stopped.group(2)}, but saved {newest}")
            if not stopped and re.search(r"^update ", log, re.M):
                faults.append("updates were done, and it did not say that it stopped")
        return faults + self.go_on()

    def going_on(self, rng):
        session = self.start(rng)
        session.send(signal.SIGUSR1)
        before = session.log()  # read after it was sent: what is not there by now comes after the signal
        code, _ = session.end()
        faults = self.state_faults() + ([] if code == 0 else [f"exit {code}\n{session.log()[-800:]}"])
        is_late = f"update {UPDATES - 25} " in before
        if not is_late and len(checkpoints(self.run)) != 2:
            faults.append(f"saved {sorted(checkpoints(self.run))}, not one for the signal and the last")
        return faults + self.go_on()

    def measure_end(self, rng):
        """How long the system takes to remove a session of this size, which counts for the limit of a second signal."""
        for _ in range(3):
            session = self.start(rng)
            session.send(signal.SIGKILL)
            self.at_once = max(self.at_once, 5 * session.end()[1])

    def twice(self, rng):
        session = self.start(rng)
        number = rng.choice([signal.SIGTERM, signal.SIGINT])
        session.send(number)
        is_second = session.wait_until_taken(number)
        time.sleep(rng.uniform(0, 0.005))
        is_second = is_second and session.send(number)
        code, seconds = session.end()
        faults = self.state_faults()
        self.num_ended += session.was_ended
        if is_second:
            self.slowest_second = max(self.slowest_second, seconds)
        # The first may have brought it to its end meanwhile; then it has nothing left to do.
        if code not in (0, 128 + number) or (is_second and seconds > self.at_once):
            faults.append(f"exit {code} {seconds:.2f} s after the second signal, at most {self.at_once:.2f}")
        return faults + self.go_on()


def large(options, rng, figure):
    """Ends of a model whose updates and saves take seconds: exit code, time, and a checkpoint that is whole."""
    settings = {**PLAIN, "training.max_updates": 1000, "training.log_every": 1, "model.dim": options.width,
                "model.layers": 6, "model.heads": 8, "model.feed_forward": 4 * options.width,
                "training.batch_tokens": options.batch_tokens}
    slowest, size = 0.0, 0
    with workplace("signals") as folder:
        bench = Workbench(options.program, folder, pairs=5000)
        run = bench.folder / "run"
        for i in range(options.count):
            number = rng.choice([signal.SIGTERM, signal.SIGINT])
            shutil.rmtree(run, ignore_errors=True)
            session = Session(bench, "run", settings, threads=os.cpu_count())
            session.wait_for("^update ")
            time.sleep(rng.uniform(0, 20))
            session.send(number)
            code, seconds = session.end()
            slowest = max(slowest, seconds)
            stopped = re.search(r"stopped by SIG\w+[^;]* after update (\d+)", session.log())
            faults = [] if code == 128 + number and seconds <= LARGE_LIMIT else [f"exit {code} after {seconds:.1f} s"]
            # digests() raises where a checkpoint is not whole.
            if not stopped or list(digests(run)) != [int(stopped.group(1))]:
                faults.append(f"saved {sorted(checkpoints(run))}\n{session.log()[-800:]}")
            else:
                size = sum(path.stat().st_size for path in checkpoints(run)[int(stopped.group(1))].iterdir())
            figure.case(f"{signal.Signals(number).name} {i}", faults)
    figure.note(f"width {options.width}, batches of {options.batch_tokens} tokens, {size >> 20} MiB a checkpoint; ended "
                f"after {slowest:.1f} s at most, {LARGE_LIMIT:.0f} s allowed")
    figure.finish("signals ended a large model in time, with everything saved")


def main():
    options = arguments(__doc__, 50, width=(int, 0, "measure the ends of a model of this width (0: the toy model)"),
                        batch_tokens=(int, 4096, "of the model with a width"))
    rng = random.Random(options.seed)
    figure = Figure("R9")
    if options.width:
        large(options, rng, figure)
    with workplace("signals") as folder:
        bench = Workbench(options.program, folder)
        trial = Trial(bench, SETTINGS)
        for i in range(options.count):
            figure.case(f"SIGTERM {i}", trial.ending(signal.SIGTERM, rng))
            figure.case(f"SIGINT {i}", trial.ending(signal.SIGINT, rng))
        trial.measure_end(rng)
        num_twice = (options.count + 1) // 2
        for i in range(num_twice):
            figure.case(f"two signals {i}", trial.twice(rng))
        plain = Trial(bench, PLAIN)
        for i in range(options.count):
            figure.case(f"SIGUSR1 {i}", plain.going_on(rng))
    num_places = len((trial.saved_at | plain.saved_at) - {UPDATES})
    figure.note(f"{options.count} each of SIGTERM, SIGINT, SIGUSR1; ended after {trial.slowest:.2f} s at most; saved "
                f"at {num_places} different updates, {trial.put_off} times within a validation")
    figure.note(f"the second of two signals ended {trial.num_ended} of {num_twice} sessions, after "
                f"{trial.slowest_second:.2f} s at most of the {trial.at_once:.2f} s allowed; the others had just ended")
    if num_twice >= 10 and not trial.num_ended:
        figure.case("second signals", "none came before the first had done its work")
    figure.finish("signals kept everything that was done and went on bit-equal")


if __name__ == "__main__":
    main()
