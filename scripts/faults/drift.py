#!/usr/bin/env python3
"""R12: memory does not grow in long runs.

COUNT updates of a toy training, with saves and validations, and thirty times as many translated lines. A sample of
/proc is taken after each equal part; after the first third (warm-up: memory grows until the largest batch has come)
memory may grow by less than 1 %, and the numbers of open files and threads stay as they are. In runs of fewer than
3,000 updates the warm-up is not over by then: they may grow by 4 MiB more.
"""
import pathlib
import random
import re
import subprocess
import threading

from workbench import WORDS, Figure, Workbench, arguments, end_of, workplace

NUM_SAMPLES = 60
SHORT = 3000  # updates
WARM_UP = 4096  # KiB


def sample(pid):
    """(resident KiB, open files, threads) of a process."""
    folder = pathlib.Path(f"/proc/{pid}")
    text = (folder / "status").read_text()
    memory, threads = (int(re.search(rf"^{key}:\s+(\d+)", text, re.M).group(1)) for key in ("VmRSS", "Threads"))
    return memory, sum(1 for _ in (folder / "fd").iterdir()), threads


def median(values):
    return sorted(values)[len(values) // 2]


def verdict(name, samples, warm_up):
    """(complaints, a note). The last third is compared with the second, by medians. `warm_up` KiB are allowed beside."""
    if len(samples) < 12:
        return [f"{name}: only {len(samples)} samples"], ""
    third = len(samples) // 3
    early, late = samples[third:2 * third], samples[2 * third:]
    memory = [median([item[0] for item in part]) for part in (early, late)]
    growth = memory[1] / memory[0] - 1
    faults = []
    if growth >= 0.01 + warm_up / memory[0]:
        faults.append(f"{name}: memory grew by {100 * growth:.2f} %, from {memory[0]} to {memory[1]} KiB")
    for index, what in ((1, "open files"), (2, "threads")):
        counts = [median([item[index] for item in part]) for part in (early, late)]
        if counts[0] != counts[1]:
            faults.append(f"{name}: {what} went from {counts[0]} to {counts[1]}")
    files, threads = (median([item[index] for item in late]) for index in (1, 2))
    return faults, f"{name}: {memory[1] >> 10} MiB, {100 * growth:+.2f} %, {files} files, {threads} threads"


def watch_training(bench, updates):
    """Samples at equal distances of updates."""
    distance = max(updates // NUM_SAMPLES, 1)
    settings = {"training.max_updates": updates, "training.log_every": distance, "checkpoint.every": 5 * distance,
                "validation.every": 5 * distance}
    command = [str(bench.program), *bench.training("run", settings)]
    process = subprocess.Popen(command, cwd=bench.folder, env=bench.environment(), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    samples = []
    for line in process.stderr:
        if re.match(r"update \d+  epoch", line):
            try:
                samples.append(sample(process.pid))
            except (OSError, AttributeError):
                break  # it ended
    return process.wait(), samples


def watch_translation(bench, lines):
    """Feeds lines through a pipe and samples at equal distances of what comes out."""
    rng = random.Random(2)
    process = subprocess.Popen([str(bench.program), "translate", "run", "--threads", "1"], cwd=bench.folder,
                               env=bench.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)

    def feed():
        for _ in range(lines):
            words = [rng.choice(WORDS) for _ in range(rng.randint(1, 9))]
            process.stdin.write((" ".join(words) + "\n").encode())
        process.stdin.close()

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    samples, count = [], 0
    for _ in process.stdout:
        count += 1
        if count % max(lines // NUM_SAMPLES, 1) == 0 and count < lines:
            try:
                samples.append(sample(process.pid))
            except (OSError, AttributeError):
                break
    feeder.join(timeout=60)
    return end_of(process, 60), count, samples


def main():
    options = arguments(__doc__, 10000)
    figure = Figure("R12")
    warm_up = WARM_UP if options.count < SHORT else 0
    with workplace("drift") as folder:
        bench = Workbench(options.program, folder)
        code, samples = watch_training(bench, options.count)
        faults, note = verdict(f"{options.count} updates", samples, warm_up)
        figure.case("training", faults + ([] if code == 0 else [f"exit {code}"]))
        figure.note(note)
        lines = 30 * options.count
        code, count, samples = watch_translation(bench, lines)
        faults, note = verdict(f"{lines} lines", samples, warm_up)
        figure.case("translating", faults + ([] if (code, count) == (0, lines) else [f"exit {code}, {count} lines"]))
        figure.note(note)
    figure.finish("programs stayed as large as they were")


if __name__ == "__main__":
    main()
