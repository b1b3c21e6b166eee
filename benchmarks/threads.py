#!/usr/bin/env python3
"""Is the number of threads that the program chooses by itself, and the way they wait, near the best there is?

Trains and translates with every number of threads and several ways of waiting (GOMP_SPINCOUNT), and as the program does it
when nothing is said; all in turn, round after round, so that a change of the machine's speed meets all of them. First alone,
then beside busy processes. Ends with 1 when the program's own choice reaches less than 0.8 of the best.

    benchmarks/threads.py build/regard [--rounds 5] [--busy 0,2] [--updates 60] [--lines 300]
"""
import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPINS = {"long (libgomp's own)": "300000", "1000": "1000", "100": "100", "none": "0"}
OWN = "the program's choice"
MUST = 0.8
SPIN = "while True: pass"


@contextlib.contextmanager
def busy(count):
    """This many processes that use one CPU each, for as long as the block runs."""
    processes = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


class Work:
    """The two measurements, each a number that is better when larger."""

    def __init__(self, program, folder, arguments):
        self.program = program
        self.folder = pathlib.Path(folder)
        self.updates = arguments.updates
        lines = (ROOT / "data/quickstart/test.de").read_text(encoding="utf-8").splitlines()[:arguments.lines]
        self.lines = len(lines)
        (self.folder / "input").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.run(["train", "configs/quickstart.yaml", f"--output={self.folder / 'model'}", "--set=training.max_updates=200",
                  "--set=validation.every=0"], {})

    def run(self, arguments, variables):
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "GOMP_"))}
        done = subprocess.run([self.program, *arguments], cwd=ROOT, env={**environment, **variables}, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"regard {arguments[0]} failed: {done.stderr}")

    def train(self, options, variables):
        """Target tokens a second of the second half of a short run."""
        run = self.folder / "run"
        half = self.updates // 2
        self.run(["train", "configs/quickstart.yaml", f"--output={run}", "--overwrite", *options,
                  f"--set=training.max_updates={self.updates}", f"--set=training.log_every={half}", "--set=validation.every=0",
                  f"--set=checkpoint.every={self.updates}"], variables)
        records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        return records[-1]["tokens_per_second"]

    def translate(self, options, variables):
        """Lines a second, starting included."""
        started = time.perf_counter()
        self.run(["translate", str(self.folder / "model"), "--input", str(self.folder / "input"), "--output",
                  str(self.folder / "output"), *options], variables)
        return self.lines / (time.perf_counter() - started)


def settings(processors):
    found = {OWN: ([], {})}
    for threads in sorted({1, max(1, processors // 2), processors}):
        for name, spins in SPINS.items():
            if threads == 1 and spins != "1000":
                continue  # nobody waits
            found[f"{threads} threads, spinning {name}" if threads > 1 else "1 thread"] = (
                [f"--threads={threads}"], {"GOMP_SPINCOUNT": spins})
    return found


def sweep(measure, choices, rounds):
    values = {name: [] for name in choices}
    for number in range(rounds):
        names = list(choices)
        for name in names[number % len(names):] + names[:number % len(names)]:
            values[name].append(measure(*choices[name]))
    return {name: statistics.median(found) for name, found in values.items()}


def report(title, medians):
    best = max(value for name, value in medians.items() if name != OWN)
    print(f"\n{title}\n| setting | median | share of the best |\n|---|---|---|")
    for name, value in sorted(medians.items(), key=lambda item: -item[1]):
        print(f"| {name} | {value:,.0f} | {value / best:.2f} |", flush=True)
    return medians[OWN] / best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--busy", default="0,2", help="busy processes beside it, a list")
    parser.add_argument("--updates", type=int, default=60)
    parser.add_argument("--lines", type=int, default=300)
    arguments = parser.parse_args()
    choices = settings(len(os.sched_getaffinity(0)))
    shares = []
    with tempfile.TemporaryDirectory() as folder:
        work = Work(arguments.program.resolve(), folder, arguments)
        for count in map(int, arguments.busy.split(",")):
            beside = "alone" if count == 0 else f"beside {count} busy processes"
            with busy(count):
                shares.append(report(f"training, {beside} (target tokens/s)", sweep(work.train, choices, arguments.rounds)))
                shares.append(report(f"translating, {beside} (lines/s)", sweep(work.translate, choices, arguments.rounds)))
    print(f"\nthe program's choice reaches at least {min(shares):.2f} of the best; {MUST} are asked for")
    return 0 if min(shares) >= MUST else 1


if __name__ == "__main__":
    sys.exit(main())
